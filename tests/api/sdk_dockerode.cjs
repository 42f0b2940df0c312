// Each claim is a function; run by sdk_dockerode_test.py with SOCKET and NODE_PATH set.
'use strict';
const assert = require('node:assert/strict');
const { PassThrough } = require('node:stream');
const Docker = require('dockerode');
const tar = require('tar-stream');

const docker = new Docker({ socketPath: process.env.SOCKET });

function collect(stream) {
  return new Promise((resolve, reject) => {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => resolve(Buffer.concat(parts).toString()));
    stream.on('error', reject);
  });
}

// Splits frames; resolves with both texts when the stream ends.
function demux(stream) {
  const out = new PassThrough();
  const err = new PassThrough();
  docker.modem.demuxStream(stream, out, err);
  stream.on('end', () => { out.end(); err.end(); });
  return Promise.all([collect(out), collect(err)]);
}

const create = (command, more = {}) =>
  docker.createContainer({ Image: 'busybox', Cmd: command, ...more, HostConfig: { NetworkMode: 'none', ...more.HostConfig } });

const claims = {
  async runGivesOutputAndCode() {
    const out = new PassThrough();
    const text = collect(out);
    const [result, container] = await docker.run('busybox', ['sh', '-c', 'echo hi; exit 3'], out,
      { Tty: true, HostConfig: { NetworkMode: 'none' } });
    out.end();
    assert.equal(result.StatusCode, 3);
    assert.equal(await text, 'hi\r\n');
    await container.remove();
  },
  async lifeOfAContainer() {
    const made = await create(['sleep', '600'], { name: 'life', Labels: { a: 'b' } });
    await made.start();
    assert.equal((await made.inspect()).State.Status, 'running');
    await made.pause();
    assert.equal((await made.inspect()).State.Status, 'paused');
    await made.unpause();
    await made.rename({ name: 'renamed' });
    await made.restart({ t: 0 });
    const listed = await docker.listContainers({ filters: { label: ['a=b'] } });
    assert.deepEqual(listed.map((one) => one.Names), [['/renamed']]);
    assert.ok((await made.top()).Processes.length >= 1);
    await made.update({ Memory: 64 << 20, MemorySwap: 128 << 20 });
    assert.equal((await made.inspect()).HostConfig.Memory, 64 << 20);
    await made.kill({ signal: 'SIGKILL' });
    assert.equal((await made.wait()).StatusCode, 137);
    await made.remove({ v: true });
  },
  async errorsCarryTheStatus() {
    await assert.rejects(docker.getContainer('nosuch').inspect(), { statusCode: 404 });
    const made = await create(['true'], { name: 'twice' });
    await assert.rejects(create(['true'], { name: 'twice' }), { statusCode: 409 });
    await made.remove();
  },
  async attachBeforeStartTakesInputAndOutput() {
    const made = await create(['sh', '-c', 'read a; echo "got $a"; echo oops >&2'],
      { OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true });
    const stream = await made.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
    const texts = demux(stream);
    await made.start();
    stream.write('word\n');
    assert.deepEqual(await texts, ['got word\n', 'oops\n']);
    assert.equal((await made.wait()).StatusCode, 0);
    await made.remove();
  },
  async execWithInputAndCode() {
    const made = await create(['sleep', '600']);
    await made.start();
    const exec = await made.exec({ Cmd: ['sh', '-c', 'cat; echo err >&2; exit 5'], AttachStdin: true, AttachStdout: true,
      AttachStderr: true });
    const stream = await exec.start({ hijack: true, stdin: true });
    const texts = demux(stream);
    stream.write('typed\n');
    stream.end();
    assert.deepEqual(await texts, ['typed\n', 'err\n']);
    assert.equal((await exec.inspect()).ExitCode, 5);
    const tty = await made.exec({ Cmd: ['tty'], AttachStdout: true, Tty: true });
    assert.equal(await collect(await tty.start({ Tty: true })), '/dev/pts/0\r\n');
    await made.remove({ force: true });
  },
  async logsOnceAndFollowed() {
    const made = await create(['sh', '-c', 'echo one; echo err >&2; sleep 0.2; echo two']);
    await made.start();
    const texts = demux(await made.logs({ follow: true, stdout: true, stderr: true }));
    assert.deepEqual(await texts, ['one\ntwo\n', 'err\n']);
    const whole = await made.logs({ stdout: true, tail: 1 });
    assert.equal(whole.subarray(8).toString(), 'two\n');
    await made.remove();
  },
  async eventsCome() {
    const stream = await docker.getEvents({ filters: { type: ['container'], event: ['create'] } });
    const seen = new Promise((resolve) => stream.once('data', (line) => resolve(JSON.parse(line))));
    const made = await create(['true'], { name: 'seen' });
    assert.equal((await seen).Actor.Attributes.name, 'seen');
    stream.destroy();
    await made.remove();
  },
  async statsOnceAndStreamed() {
    const made = await create(['sleep', '600'], { HostConfig: { NetworkMode: 'none', Memory: 64 << 20 } });
    await made.start();
    assert.equal((await made.stats({ stream: false })).memory_stats.limit, 64 << 20);
    const stream = await made.stats({ stream: true });
    const first = await new Promise((resolve) => stream.once('data', resolve));
    assert.ok(JSON.parse(first).cpu_stats.cpu_usage.total_usage > 0);
    stream.destroy();
    await made.remove({ force: true });
  },
  async archivesGoInAndComeOut() {
    const made = await create(['true']);
    const pack = tar.pack();
    pack.entry({ name: 'note' }, 'hello');
    pack.finalize();
    await made.putArchive(pack, { path: '/tmp' });
    const extract = tar.extract();
    const text = new Promise((resolve) => extract.on('entry', (header, entry, next) => {
      collect(entry).then(resolve);
      next();
    }));
    (await made.getArchive({ path: '/tmp/note' })).pipe(extract);
    assert.equal(await text, 'hello');
    assert.ok((await collect(await made.export())).length > 1000);
    await made.remove();
  },
  async imagesNetworksVolumes() {
    assert.ok((await docker.listImages()).some((image) => image.RepoTags.includes('busybox:latest')));
    assert.equal((await docker.getImage('busybox').inspect()).Os, 'linux');
    const network = await docker.createNetwork({ Name: 'sdk', Driver: 'bridge' });
    assert.equal((await network.inspect()).Name, 'sdk');
    await network.remove();
    const volume = await docker.createVolume({ Name: 'sdkvol' });
    await docker.getVolume(volume.Name || volume.name).remove();
    assert.equal((await docker.ping()).toString(), 'OK');
    assert.equal((await docker.info()).OSType, 'linux');
  },
};

async function main() {
  for (const [name, claim] of Object.entries(claims)) {
    const limit = setTimeout(() => { console.error(`FAILED ${name}: nothing for 20 s`); process.exit(1); }, 20000);
    await claim().catch((error) => { console.error(`FAILED ${name}:`, error); process.exit(1); });
    clearTimeout(limit);
    console.log(`ok ${name}`);
  }
  process.exit(0);
}
main();
