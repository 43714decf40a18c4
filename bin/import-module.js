// Apart from the launcher, because a Node that does not know `import()` fails to read a file that holds it.
'use strict';

module.exports = function importModule(url) {
  return import(url);
};
