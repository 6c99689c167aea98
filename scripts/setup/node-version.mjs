// Imported first, and written so that an old node can still read it.
var OLDEST = [20, 9];

var found = process.versions.node.split('.').map(Number);
if (found[0] < OLDEST[0] || (found[0] === OLDEST[0] && found[1] < OLDEST[1])) {
  console.error(
    'earsight needs Node.js ' +
      OLDEST.join('.') +
      ' or newer; this is ' +
      process.versions.node +
      '.\nInstall a newer one from https://nodejs.org, or with your version manager (nvm install 22).',
  );
  process.exit(1);
}
