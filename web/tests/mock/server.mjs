// The API as the app sees it, small enough to read in one go, on a port of its own. Run by hand
// (`node tests/mock/server.mjs`, MOCK_ASSETS, MOCK_PHOTOS, PORT) it shows the built app.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server as SocketServer } from 'socket.io';
import { Library, PALETTES } from './library.mjs';

const build = fileURLToPath(new URL('../../build/', import.meta.url));
const contentTypes = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json'
};

export const admin = {
  id: randomUUID(),
  email: 'admin@example.com',
  name: 'Ada Example',
  password: 'correct horse',
  isAdmin: true,
  avatarColor: 'primary',
  quotaSizeInBytes: null,
  quotaUsageInBytes: 0,
  shouldChangePassword: false
};

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Starts a server; `options`: assets, months, initialized, photos (a folder), delayMs. */
export async function startMock(options = {}) {
  const mock = new Mock(options);
  await new Promise((resolve) => mock.http.listen(options.port ?? 0, '127.0.0.1', resolve));
  mock.url = `http://127.0.0.1:${mock.http.address().port}`;
  return mock;
}

class Mock {
  constructor({ assets = 0, months, initialized = true, photos, delayMs = 0 }) {
    this.url = '';
    this.user = { ...admin };
    this.library = new Library({ assets, months, ownerId: this.user.id });
    this.initialized = initialized;
    this.delayMs = delayMs;
    this.tokens = new Set();
    this.keys = [];
    this.sessions = [{ id: randomUUID(), deviceType: 'Pixel 9', deviceOS: 'Android' }];
    this.requests = [];
    this.failNextUpload = 0;
    this.photos = photos
      ? readdirSync(photos)
          .filter((name) => /\.jpe?g$/.test(name))
          .map((name) => readFileSync(join(photos, name)))
      : [];
    this.config = {
      job: {
        thumbnailGeneration: { concurrency: 3 },
        metadataExtraction: { concurrency: 5 },
        videoConversion: { concurrency: 1 }
      }
    };
    this.failedJobs = [
      {
        id: '1',
        name: 'AssetGenerateThumbnails',
        timestamp: Date.now() - 180_000,
        data: { id: randomUUID(), error: 'the file ends in the middle of a scan' }
      }
    ];
    this.queues = [
      'metadataExtraction',
      'thumbnailGeneration',
      'videoConversion',
      'backupDatabase'
    ];
    this.queues = this.queues.map((name) => ({
      name,
      isPaused: false,
      statistics: { active: 0, waiting: 0, delayed: 0, failed: 0, completed: 0, paused: 0 }
    }));
    Object.assign(this.queue('thumbnailGeneration').statistics, {
      active: 3,
      waiting: 128,
      failed: 1
    });
    this.http = createServer((request, response) => void this.serve(request, response));
    this.io = new SocketServer(this.http, { path: '/api/socket.io', transports: ['websocket'] });
  }

  queue(name) {
    const found = this.queues.find((queue) => queue.name === name);
    if (!found) throw new Refusal(400, 'Invalid job name');
    return found;
  }

  close() {
    this.io.disconnectSockets(true);
    this.http.closeAllConnections();
    return new Promise((resolve) => this.io.close(resolve));
  }

  emit(event, ...data) {
    this.io.emit(event, ...data);
  }

  /** Puts a photo into the library as if another device had uploaded it. */
  arrive(name, local) {
    const id = randomUUID();
    const bytes = Buffer.from(id);
    const checksum = createHash('sha1').update(bytes).digest('hex');
    this.library.addUpload({ id, name, bytes, checksum, local });
    this.emit('on_upload_success', this.library.full(id));
    return id;
  }

  async serve(request, response) {
    const url = new URL(request.url, 'http://mock');
    try {
      if (!url.pathname.startsWith('/api/')) return this.page(url, request, response);
      this.requests.push(`${request.method} ${url.pathname}${url.search}`);
      if (this.delayMs) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
      const [status, answer, headers] = await this.answer(request, url);
      const binary = Buffer.isBuffer(answer);
      const type = headers?.['content-type'] ?? 'application/json';
      response.writeHead(status, { 'content-type': type, ...headers });
      response.end(binary ? answer : answer === undefined ? '' : JSON.stringify(answer));
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      if (status === 500) console.error(error);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: error.message }));
    }
  }

  page(url, request, response) {
    let path = join(build, url.pathname);
    if (!extname(path) || !existsSync(path)) path = join(build, 'index.html');
    const type = contentTypes[extname(path)] ?? 'application/octet-stream';
    const brotli = `${path}.br`;
    const packed = request.headers['accept-encoding']?.includes('br') && existsSync(brotli);
    response.writeHead(200, {
      'content-type': type,
      ...(packed ? { 'content-encoding': 'br' } : {})
    });
    response.end(readFileSync(packed ? brotli : path));
  }

  async answer(request, url) {
    const route = `${request.method} ${url.pathname.slice(4)}`;
    const open = this.openRoute(route);
    if (open !== undefined) return open(request);
    const token = /immich_access_token=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (!this.tokens.has(token)) throw new Refusal(401, 'Authentication required');
    if (route === 'POST /assets') return this.upload(request);
    const simple = this.simpleRoute(route, url);
    if (simple) return simple(request, token);
    return this.numbered(request, url);
  }

  openRoute(route) {
    return {
      'GET /server/config': () => [
        200,
        { isInitialized: this.initialized, loginPageMessage: '', trashDays: 30 }
      ],
      'POST /auth/admin-sign-up': async (request) => {
        Object.assign(this.user, await json(request));
        this.initialized = true;
        return [201, this.person()];
      },
      'POST /auth/login': async (request) => {
        const { email, password } = await json(request);
        if (email !== this.user.email || password !== this.user.password) {
          throw new Refusal(401, 'Incorrect email or password');
        }
        const token = randomUUID();
        this.tokens.add(token);
        const cookie = `immich_access_token=${token}; Path=/; HttpOnly; SameSite=Lax`;
        return [201, { accessToken: token, userId: this.user.id }, { 'set-cookie': cookie }];
      }
    }[route];
  }

  person() {
    return { ...this.user, password: undefined };
  }

  simpleRoute(route, url) {
    const library = this.library;
    return {
      'GET /users/me': () => [200, this.person()],
      'PUT /users/me': async (request) => {
        Object.assign(this.user, await json(request));
        return [200, this.person()];
      },
      'POST /auth/logout': (_request, token) => {
        this.tokens.delete(token);
        return [200, { successful: true, redirectUri: '/auth/login?autoLaunch=0' }];
      },
      'POST /auth/change-password': async (request) => {
        const { password, newPassword } = await json(request);
        if (password !== this.user.password) throw new Refusal(400, 'Wrong password');
        this.user.password = newPassword;
        return [200, this.person()];
      },
      'GET /server/storage': () => [
        200,
        { diskSizeRaw: 4e12, diskUseRaw: 1.3e12, diskUsagePercentage: 32.5 }
      ],
      'GET /server/media-types': () => [
        200,
        { image: ['.jpg', '.jpeg', '.png'], video: ['.mp4'], sidecar: ['.xmp'] }
      ],
      'GET /timeline/buckets': () => [200, library.buckets(url.searchParams)],
      'GET /timeline/bucket': () => [
        200,
        library.bucket(url.searchParams.get('timeBucket'), url.searchParams)
      ],
      'POST /assets/bulk-upload-check': async (request) => {
        const { assets } = await json(request);
        return [200, { results: assets.map((each) => this.check(each)) }];
      },
      'PUT /assets': async (request) => {
        const { ids, ...change } = await json(request);
        for (const id of ids) library.patch(id, change);
        return [204];
      },
      'DELETE /assets': async (request) => {
        const { ids, force } = await json(request);
        for (const id of ids) library.patch(id, force ? { deleted: true } : { isTrashed: true });
        if (!force) this.emit('on_asset_trash', ids);
        return [204];
      },
      'POST /trash/restore/assets': async (request) => {
        const { ids } = await json(request);
        for (const id of ids) library.patch(id, { isTrashed: false });
        this.emit('on_asset_restore', ids);
        return [200, { count: ids.length }];
      },
      'POST /trash/restore': () => [200, { count: this.sweep({ isTrashed: false }) }],
      'POST /trash/empty': () => [200, { count: this.sweep({ deleted: true }) }],
      'GET /sessions': () => {
        const dates = { createdAt: new Date().toISOString(), updatedAt: new Date().toISOString() };
        const own = { id: randomUUID(), deviceType: 'Chrome', deviceOS: 'Linux', current: true };
        return [200, [own, ...this.sessions].map((session) => ({ ...dates, ...session }))];
      },
      'DELETE /sessions': () => {
        this.sessions = [];
        return [204];
      },
      'GET /api-keys': () => [200, this.keys],
      'POST /api-keys': async (request) => {
        const { name = 'API Key', permissions } = await json(request);
        const at = new Date().toISOString();
        const key = { id: randomUUID(), name, permissions, createdAt: at, updatedAt: at };
        this.keys.push(key);
        return [201, { ...key, secret: 'mock-secret-0123456789', apiKey: key }];
      },
      'GET /queues': () => [200, this.queues],
      'GET /system-config': () => [200, this.config],
      'PUT /system-config': async (request) => {
        this.config = await json(request);
        return [200, this.config];
      }
    }[route];
  }

  async numbered(request, url) {
    const [, , noun, id, more, last] = url.pathname.split('/');
    const { method } = request;
    if (noun === 'sessions' && method === 'DELETE') {
      this.sessions = this.sessions.filter((session) => session.id !== id);
      return [204];
    }
    if (noun === 'api-keys' && method === 'DELETE') {
      this.keys = this.keys.filter((key) => key.id !== id);
      return [204];
    }
    if (noun === 'queues' && more === 'jobs') return [200, this.failedJobs];
    if (noun === 'jobs' && method === 'PUT') return this.command(id, await json(request));
    if (noun !== 'assets' || !this.library.get(id)) {
      throw new Refusal(400, 'Not found or no asset.read access');
    }
    if (method === 'PUT') {
      this.library.patch(id, await json(request));
      return [200, this.library.full(id)];
    }
    if (more === undefined) return [200, this.library.full(id)];
    if (more === 'video' && last === 'playback') throw new Refusal(404, 'Not Found');
    return this.picture(id);
  }

  command(name, { command }) {
    const queue = this.queue(name);
    const counts = queue.statistics;
    if (command === 'pause') queue.isPaused = true;
    if (command === 'resume') queue.isPaused = false;
    if (command === 'start') counts.waiting += 10;
    if (command === 'empty') counts.waiting = 0;
    if (command === 'clear-failed') {
      counts.failed = 0;
      this.failedJobs = [];
    }
    return [200, { jobCounts: counts, queueStatus: {} }];
  }

  sweep(change) {
    let count = 0;
    for (const asset of [...this.library.changed()]) {
      if (!asset.isTrashed) continue;
      this.library.patch(asset.id, change);
      count += 1;
    }
    return count;
  }

  check({ id, checksum }) {
    for (const asset of this.library.uploads.values()) {
      if (asset.checksum !== checksum || asset.deleted) continue;
      const { isTrashed } = asset;
      return { id, action: 'reject', reason: 'duplicate', assetId: asset.id, isTrashed };
    }
    return { id, action: 'accept' };
  }

  async upload(request) {
    const parts = multipart(await raw(request), request.headers['content-type']);
    const file = parts.get('assetData');
    const name = parts.get('filename')?.bytes.toString() ?? file.filename;
    if (this.failNextUpload > 0) {
      this.failNextUpload -= 1;
      throw new Refusal(400, 'Quota has been exceeded!');
    }
    const checksum = createHash('sha1').update(file.bytes).digest('hex');
    const header = request.headers['x-immich-checksum'];
    if (header && header !== checksum) throw new Refusal(400, 'The checksum is wrong');
    const known = this.check({ id: '', checksum });
    if (known.assetId) return [200, { id: known.assetId, status: 'duplicate' }];
    const id = randomUUID();
    const local = Date.parse(parts.get('fileCreatedAt').bytes.toString());
    this.library.addUpload({ id, name, bytes: file.bytes, type: file.type, checksum, local });
    setTimeout(() => this.emit('on_upload_success', this.library.full(id)), 50);
    return [201, { id, status: 'created' }];
  }

  picture(id) {
    const asset = this.library.get(id);
    if (asset.type?.startsWith('image/')) return [200, asset.bytes, { 'content-type': asset.type }];
    if (this.photos.length) {
      const photo = this.photos[asset.seed % this.photos.length];
      return [200, photo, { 'content-type': 'image/jpeg', 'cache-control': 'max-age=3600' }];
    }
    const [dark, light] = PALETTES[asset.seed % PALETTES.length];
    const width = Math.round(300 * asset.ratio);
    const turn = asset.seed % 90;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="300" viewBox="0 0 ${width} 300"><defs><linearGradient id="g" gradientTransform="rotate(${turn})"><stop stop-color="${light}"/><stop offset="1" stop-color="${dark}"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/><circle cx="${asset.seed % width}" cy="${90 + (asset.seed % 60)}" r="${20 + (asset.seed % 40)}" fill="${light}" opacity=".7"/><path d="M0 300V${170 + (asset.seed % 60)}L${width * 0.3} ${120 + (asset.seed % 80)}L${width * 0.6} ${220 - (asset.seed % 50)}L${width} ${140 + (asset.seed % 70)}V300z" fill="${dark}" opacity=".8"/></svg>`;
    return [
      200,
      Buffer.from(svg),
      { 'content-type': 'image/svg+xml', 'cache-control': 'max-age=60' }
    ];
  }
}

async function raw(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function json(request) {
  return JSON.parse((await raw(request)).toString() || '{}');
}

function multipart(body, contentType) {
  const boundary = Buffer.from(`--${/boundary=(.+)$/.exec(contentType)[1]}`);
  const parts = new Map();
  let at = body.indexOf(boundary);
  for (;;) {
    const start = at + boundary.length + 2;
    const next = body.indexOf(boundary, start);
    if (next < 0) return parts;
    const split = body.indexOf('\r\n\r\n', start);
    const head = body.subarray(start, split).toString();
    const name = /name="([^"]*)"/.exec(head)?.[1];
    const filename = /filename="([^"]*)"/.exec(head)?.[1];
    const type = /content-type: (.+)/i.exec(head)?.[1]?.trim();
    parts.set(name, { filename, type, bytes: body.subarray(split + 4, next - 2) });
    at = next;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock({
    assets: Number(process.env.MOCK_ASSETS ?? 3000),
    months: Number(process.env.MOCK_MONTHS ?? 60),
    photos: process.env.MOCK_PHOTOS,
    port: Number(process.env.PORT ?? 5290)
  });
  console.log(`mock server at ${mock.url} (${admin.email} / ${admin.password})`);
}
