import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { InvalidInputError } from '../errors.js';
import { openStore as openAnyStore } from '../store/open-store.js';
import { listObjects } from '../store/list-objects.js';
import type { ObjectInfo, Store } from '../store/store.js';

export interface ModelFolderOptions {
  /** @default `$XDG_CACHE_HOME/xqg/models`, else `~/.cache/xqg/models` */
  cacheDir?: string;
  /** @default the project's own drivers, configured by the environment */
  openStore?: (uri: string) => Promise<Store>;
}

/** The one part of a card that matters before it is here: files may lie in another model's folder. */
const FilesSchema = z.looseObject({ files: z.record(z.string(), z.string()).optional() });

/** An object to download and where it lies in the bucket. */
interface RemoteFile extends ObjectInfo {
  store: Store;
  /** Path in the bucket, so that files keep their places relative to each other. */
  path: string;
}

/**
 * The local folder of a model. A path or `file://` URI is returned as it is. An `s3://bucket/folder` is
 * downloaded once into a cache, keyed by the names and sizes of its objects and by its card; a model that
 * changes otherwise belongs under a new prefix.
 * @throws InvalidInputError when there is no model; StoreAccessError when the bucket cannot be read
 */
export async function localModelFolder(uri: string, options: ModelFolderOptions = {}): Promise<string> {
  if (uri.startsWith('file://')) return fileURLToPath(uri);
  const address = /^s3:\/\/([^/]+)\/(.+?)\/*$/.exec(uri);
  if (!address) {
    if (uri.startsWith('s3://'))
      throw new InvalidInputError(`Loading the model ${uri}: expected s3://bucket/folder`);
    return uri;
  }
  const [, bucket = '', folder = ''] = address;
  const stores = new OpenStores(bucket, options.openStore ?? openAnyStore);
  try {
    const store = await stores.at(folder);
    const files = (await listAll(store, '')).map((object) => remoteFile(store, folder, object));
    if (!files.some(({ key }) => key === 'xqg.json'))
      throw new InvalidInputError(
        `Loading the model ${uri}: expected objects with xqg.json among them, found ${files.length} objects without it`,
      );
    const card = Buffer.from(await store.get('xqg.json')).toString('utf8');
    files.push(...(await filesElsewhere(stores, folder, card)));

    const target = join(options.cacheDir ?? defaultCacheDir(), cacheKey(`s3://${bucket}/${folder}`, card, files));
    if (!(await stat(target).catch(() => undefined))) await download(files, target);
    return join(target, folder);
  } finally {
    await stores.close();
  }
}

/** Stores of one bucket's folders, each opened once. */
class OpenStores {
  private readonly opened = new Map<string, Store>();

  constructor(
    private readonly bucket: string,
    private readonly open: (uri: string) => Promise<Store>,
  ) {}

  async at(folder: string): Promise<Store> {
    const known = this.opened.get(folder);
    if (known) return known;
    const store = await this.open(`s3://${this.bucket}/${folder}`);
    this.opened.set(folder, store);
    return store;
  }

  async close(): Promise<void> {
    await Promise.all([...this.opened.values()].map((store) => store.close()));
  }
}

/** Files that the card names outside its folder (`../encoder/model.onnx`), with external weights beside them. */
async function filesElsewhere(stores: OpenStores, folder: string, card: string): Promise<RemoteFile[]> {
  let named: string[];
  try {
    named = Object.values(FilesSchema.parse(JSON.parse(card)).files ?? {});
  } catch {
    return []; // loadCard says what is wrong with it
  }
  const elsewhere: RemoteFile[] = [];
  for (const name of named.filter((file) => file.startsWith('../'))) {
    const path = posix.join(folder, name);
    const store = await stores.at(posix.dirname(path));
    const objects = await listAll(store, posix.basename(path));
    elsewhere.push(...objects.map((object) => remoteFile(store, posix.dirname(path), object)));
  }
  return elsewhere;
}

function remoteFile(store: Store, folder: string, object: ObjectInfo): RemoteFile {
  return { ...object, store, path: posix.join(folder, object.key) };
}

async function listAll(store: Store, prefix: string): Promise<ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const object of listObjects(store, prefix)) if (!object.key.endsWith('/')) objects.push(object);
  return objects;
}

function cacheKey(uri: string, card: string, files: readonly RemoteFile[]): string {
  const listing = files.map(({ path, size }) => `${path} ${size}`).sort();
  return createHash('sha256')
    .update([uri, card, ...listing].join('\n'))
    .digest('hex')
    .slice(0, 24);
}

/** Downloads into a folder that gets its name when everything is there: another process may do the same. */
async function download(files: readonly RemoteFile[], target: string): Promise<void> {
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    for (const { store, key, path } of files) {
      const file = join(temporary, path);
      await mkdir(dirname(file), { recursive: true });
      await pipeline(store.getStream(key), createWriteStream(file));
    }
    await rename(temporary, target).catch(async (error: unknown) => {
      if (!(await stat(target).catch(() => undefined))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function defaultCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'xqg', 'models');
}
