// Runs the measure of speed in a process of its own, so that its memory is not that of the whole bench.
import { measureSpeed } from './speed.js';

const shape = process.argv[2] === 'one-maker' ? 'one-maker' : 'many-makers';
process.stdout.write(JSON.stringify(measureSpeed(shape)));
