/** Clock time such as `0:04.2`, `12:05` or `2:00:00`, with tenths only below one minute. */
export function clockText(sec: number): string {
  const tenths = sec < 60 ? Math.round(sec * 10) : Math.round(sec) * 10;
  const whole = Math.floor(tenths / 10);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const head = hours > 0 ? `${hours}:${pad(minutes)}` : String(minutes);
  return `${head}:${pad(whole % 60)}${sec < 60 && tenths % 10 ? `.${tenths % 10}` : ''}`;
}

/** A size in decimal units, as file browsers show it. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ''}`;
}
