// A service for the process runner's specs: what it does is told by its environment.
import { createServer } from 'node:http';

const { PORT, NOT_READY_FOR, CRASH_AT_START, IGNORE_SIGTERM } = process.env;
if (CRASH_AT_START) {
  console.error('DATABASE_URL is missing');
  process.exit(3);
}
let refusals = Number(NOT_READY_FOR ?? 0);
const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(7);
  response.statusCode = refusals-- > 0 ? 503 : 200;
  response.end(JSON.stringify({ pid: process.pid }));
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(JSON.stringify({ level: 30, msg: 'listening' })));
process.on('SIGTERM', () => {
  if (IGNORE_SIGTERM) return;
  console.log('drained');
  process.exit(0);
});
