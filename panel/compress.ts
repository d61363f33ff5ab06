import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

// Pictures and fonts are compressed already.
const TEXTS = /\.(?:css|html|js|json|svg|txt)$/;
/** Bytes up to which a file goes in one packet, whether it is compressed or not. */
const SMALL = 1024;

const toGzip = promisify(gzip);
const toBrotli = promisify(brotliCompress);

/** Write each text of the build also as `.gz` and `.br`, where that is smaller; the service sends what is asked for. */
export function compress(): Plugin {
  let folder = "";
  return {
    name: "compress",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (entry.isFile() && TEXTS.test(entry.name)) await compressFile(join(entry.parentPath, entry.name));
      }
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const data = await readFile(path);
  if (data.length <= SMALL) return;
  const made = {
    gz: await toGzip(data, { level: constants.Z_BEST_COMPRESSION }),
    br: await toBrotli(data, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: data.length } }),
  };
  for (const [ending, smaller] of Object.entries(made)) {
    if (smaller.length < data.length) await writeFile(`${path}.${ending}`, smaller);
  }
}
