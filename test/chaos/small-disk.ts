import { mkdir, open, unlink } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(1 << 18);

/** A file system in memory, small enough to be filled in no time. Linux, and root only. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  /** @throws Error where mounting is not permitted */
  static async mount(folder: string, mebibytes: number): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
    const disk = new SmallDisk(folder);
    process.once('exit', disk.unmount);
    return disk;
  }

  /** Takes all space that is left. */
  async fill(): Promise<void> {
    const file = await open(this.ballast, 'w');
    try {
      // Ever smaller pieces, until not one byte is left.
      for (let size = CHUNK.length; size >= 1;) {
        try {
          await file.write(CHUNK, 0, size);
        } catch {
          size = Math.floor(size / 2);
        }
      }
    } finally {
      await file.close();
    }
  }

  async free(): Promise<void> {
    await unlink(this.ballast);
  }

  readonly unmount = (): void => {
    process.off('exit', this.unmount);
    // Lazily: a worker that is being killed may still hold a file.
    run('umount', ['--lazy', this.folder]);
  };

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }
}

function run(command: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
