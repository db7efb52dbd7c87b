/**
 * node tools/run.mjs COMMAND [arguments]: installs what is missing, builds what changed, and runs tools/dist/COMMAND/main.js
 * on the Node.js that the project pins. Plain JavaScript without dependencies, for it runs before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MAJOR = Number(readFileSync(join(ROOT, '.nvmrc'), 'utf8'));
const INSTALLED = join(ROOT, 'node_modules', '.shadower-installed');
const BUILT = join(ROOT, 'node_modules', '.shadower-built');
const NX_ENV = { NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' };
const [command = '', ...args] = process.argv.slice(2);
/** A token or a report on stdout must stay alone there: all that is said here goes to stderr. */
const say = (line) => process.stderr.write(`${line}\n`);

function fail(message) {
  say(message);
  process.exit(1);
}

function step(title, program, programArgs) {
  const began = performance.now();
  say(`  … ${title}`);
  const { status, stdout, stderr } = spawnSync(program, programArgs, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) fail(`${stdout ?? ''}${stderr ?? ''}\n${title} failed: ${program} ${programArgs.join(' ')}`);
  say(`  ✓ ${title.padEnd(18)} ${((performance.now() - began) / 1000).toFixed(1).padStart(4)} s`);
}

const digest = (parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const stampIs = (file, value) => existsSync(file) && readFileSync(file, 'utf8') === value;

/** `os` and `cpu` as manifests give them: a name, a list of them, or of those that it is not for (`!win32`). */
function admits(given = [], own) {
  const list = [given].flat();
  return !list.includes(`!${own}`) && (list.every((one) => one.startsWith('!')) || list.includes(own));
}
/** Whether npm may have left the package out: a build for another platform. Of those for one platform, one C library's is missing. */
const mayBeAbsent = ({ optional, os, cpu, libc }) => optional === true && (libc !== undefined || !admits(os, process.platform) || !admits(cpu, process.arch));

/** Whether npm's own record says that what stands in node_modules is what the lock file wants: somebody may have typed `npm ci`. */
function isInstalled(lockFile) {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const [wanted = {}, present = {}] = [lockFile, readFileSync(record)].map((text) => JSON.parse(text).packages);
  const same = (one, other) => ['version', 'integrity', 'link'].every((key) => one[key] === other[key]);
  return Object.entries(wanted).every(([place, entry]) => !place.includes('node_modules/') || (present[place] ? same(entry, present[place]) : mayBeAbsent(entry)));
}

/** No package runs code of its own when it is installed. npm 11.16 asks `allowScripts`, but older ones run every script unless they are told not to. */
function install() {
  const lockFile = readFileSync(join(ROOT, 'package-lock.json'));
  const wanted = digest([lockFile, process.platform, process.arch]);
  if (stampIs(INSTALLED, wanted)) return;
  if (!isInstalled(lockFile)) step('dependencies', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(INSTALLED, wanted);
}

/** What a build depends on, in a stable order: sources that are compiled, and what tells the compiler how. */
function buildInputs() {
  const isInput = (name) => (name.endsWith('.ts') && !/\.(spec|e2e)\.ts$/.test(name)) || /^(package|tsconfig)\.json$/.test(name);
  const under = (folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : under(path);
      return isInput(entry.name) ? [path] : [];
    });
  return [...projects().flatMap(under), join(ROOT, 'tsconfig.base.json'), join(ROOT, 'package-lock.json')].sort();
}

/** What runs on this machine: the applications, the libs, the monitoring beside them and these tools. */
const projects = () => {
  const inside = (folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name));
  return [...inside('apps'), ...inside('libs'), join(ROOT, 'monitoring'), join(ROOT, 'tools')].filter((folder) => existsSync(join(folder, 'tsconfig.json')));
};

/**
 * One compiler for all that runs: a third of the work of a compiler a project, which is how Nx builds (`npm run build`),
 * and the compiler's own records skip what did not change. Asking either takes seconds, so nobody is asked about nothing.
 */
function build() {
  const wanted = digest(buildInputs().flatMap((file) => [file, readFileSync(file)]));
  const whole = projects().every((project) => existsSync(join(project, 'dist')));
  if (whole && stampIs(BUILT, wanted)) return;
  step('build', join(ROOT, 'node_modules', '.bin', 'tsc'), ['--build', ...projects()]);
  writeFileSync(BUILT, wanted);
}

/** npm brings the pinned Node.js for most platforms; elsewhere the one that runs this must do. */
function findNode() {
  const pinned = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  const node = existsSync(pinned) ? pinned : process.execPath;
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  if (Number(/^v(\d+)/.exec(version)?.[1]) !== NODE_MAJOR) fail(`this runs on Node.js ${NODE_MAJOR}, and ${node} is ${version}: there is no package of it for ${process.platform}-${process.arch}, so install it`);
  return node;
}

function run(node) {
  const main = join(ROOT, 'tools', 'dist', command, 'main.js');
  if (!existsSync(main)) fail(`no such command: ${command} (commands: ${readdirSync(join(ROOT, 'tools', 'dist')).filter((name) => existsSync(join(ROOT, 'tools', 'dist', name, 'main.js'))).join(', ')})`);
  const settings = join(ROOT, '.env');
  const options = ['--enable-source-maps', ...(existsSync(settings) ? [`--env-file=${settings}`] : [])];
  const path = `${join(ROOT, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`;
  // The channel tells the command when we are gone, even by kill -9: it then ends what it started.
  const child = spawn(node, [...options, main, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...process.env, ...NX_ENV, PATH: path } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  // npm may be killed without a word to us; whoever started us without npm may well go on without us.
  const watch = setInterval(() => process.env.npm_lifecycle_event && process.ppid !== parent && child.kill('SIGTERM'), 500);
  child.on('error', (error) => fail(`${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    if (signal) say(`${command} was ended by ${signal}`);
    process.exitCode = code ?? 1;
  });
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node.js ${process.versions.node} is too old: 20.19 or later starts this (what runs is Node.js ${NODE_MAJOR}, installed for you)`);
install();
mkdirSync(join(ROOT, '.data'), { recursive: true });
build();
run(findNode());
