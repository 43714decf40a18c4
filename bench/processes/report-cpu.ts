// Loaded into a measured process before its own program (`node --import`), the same way for floor and gateway: answers
// its parent's questions about processor time, and profiles on request. It adds nothing to a request's path.

import { Session } from 'node:inspector/promises';

const CPU_SAMPLING_MICROS = 500;
const HEAP_SAMPLING_BYTES = 8192;

const session = new Session();

/** User and system time of all threads since the start, microseconds. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function startProfile(): Promise<void> {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: CPU_SAMPLING_MICROS });
  await session.post('Profiler.start');
}

async function startSampling(includeObjectsCollectedByMinorGC: boolean): Promise<void> {
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: HEAP_SAMPLING_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC,
  });
}

async function replyTo(question: unknown): Promise<unknown> {
  switch (question) {
    case 'cpu':
      return cpuMicros();
    case 'profile-start':
      return await startProfile();
    case 'profile-stop':
      return (await session.post('Profiler.stop')).profile;
    case 'allocations-start':
      return await startSampling(true);
    case 'survivors-start':
      return await startSampling(false);
    case 'allocations-stop':
      return (await session.post('HeapProfiler.stopSampling')).profile.head;
    default:
      return undefined;
  }
}

async function answer(question: unknown): Promise<void> {
  const reply = await replyTo(question);
  process.send?.({ reply: reply ?? null });
}

process.on('message', (question: unknown) => void answer(question));
// The channel must not keep a process alive that would end by itself.
process.channel?.unref();
