// npm run setup: everything that `npm start` and `npm test` prepare, and nothing else.
import './setup/node-version.mjs';
import { build } from './setup/build.mjs';
import { installPackages } from './setup/packages.mjs';
import { installPrograms } from './setup/programs.mjs';

installPackages();
build();
installPrograms(['ffmpeg', 'redis-server', 'chromium']);
