#!/usr/bin/env node
// Starts Forcegate on a Node that can run it. This file runs on any Node, however old: it looks at the version and, where
// that is too old, hands over to the Node that `npm ci` put into the checkout, or says what is wrong and how to mend it.
// The folder's package.json makes it CommonJS, since old versions know nothing else; for them it also keeps to ES2015,
// without even a comma after the last argument.
'use strict';

const childProcess = require('child_process');
const fs = require('fs');
const path = require('path');

const NODE_MAJOR_MIN = 24;
const EXIT_UNUSABLE = 2;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

const root = path.join(__dirname, '..');

function isNewEnough(version) {
  return Number(version.replace(/^v/, '').split('.')[0]) >= NODE_MAJOR_MIN;
}

/** Where `npm ci` puts a Node: its link, or the package itself on systems whose links are scripts. */
function checkoutNodes() {
  const modules = path.join(root, 'node_modules');
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const platform = (process.platform === 'win32' ? 'win' : process.platform) + '-' + process.arch;
  return [
    path.join(modules, '.bin', file),
    path.join(modules, 'node-' + platform, 'bin', file),
    path.join(modules, 'node-bin-' + platform, 'bin', file),
  ];
}

function findNode() {
  return checkoutNodes().find(function (candidate) {
    if (!fs.existsSync(candidate)) return false;
    // Asked and not believed: an old one here would hand over to itself for ever.
    const asked = childProcess.spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    return asked.status === 0 && isNewEnough(asked.stdout.trim());
  });
}

/** Becomes the other Node as far as a parent can: same streams, same signals, same end. */
function handOver(node) {
  const child = childProcess.spawn(node, [__filename].concat(process.argv.slice(2)), { stdio: 'inherit' });
  SIGNALS.forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on('error', function (error) {
    console.error('Forcegate could not start ' + node + ': ' + error.message);
    process.exit(EXIT_UNUSABLE);
  });
  child.on('exit', function (code, signal) {
    process.exit(code === null ? 128 + (SIGNAL_NUMBERS[signal] || 0) : code);
  });
}

function refuse() {
  const isCheckout = fs.existsSync(path.join(root, 'src'));
  const found = process.version + ' (' + process.execPath + ')';
  console.error('Forcegate needs Node ' + NODE_MAJOR_MIN + ' or newer; this is ' + found + '.');
  if (isCheckout)
    console.error('Run "npm ci" in ' + root + ': it brings a Node of its own. Or install a newer one.');
  else console.error('Install a newer Node, for example from https://nodejs.org, and start again.');
  process.exitCode = EXIT_UNUSABLE;
}

/** The source where it can be run as it is; a package that is installed may not hold TypeScript, so it has a build. */
function findProgram() {
  const source = path.join(root, 'src', 'cli', 'main.ts');
  const built = path.join(root, 'dist', 'src', 'cli', 'main.js');
  const isInstalled = __dirname.split(path.sep).indexOf('node_modules') !== -1;
  const candidates = isInstalled ? [built] : [source, built];
  return candidates.find(fs.existsSync);
}

function run() {
  const program = findProgram();
  if (program === undefined) {
    console.error('Forcegate is not complete: ' + root + ' has no program in it. Install it again.');
    process.exitCode = EXIT_UNUSABLE;
    return;
  }
  const importModule = require('./import-module.js');
  const version = require('../package.json').version;
  importModule(require('url').pathToFileURL(program).href)
    .then(function (module) {
      return module.main(version);
    })
    .catch(function (error) {
      console.error(error);
      process.exitCode = 1;
    });
}

if (isNewEnough(process.version)) {
  run();
} else {
  const node = findNode();
  if (node === undefined) refuse();
  else handOver(node);
}
