"""The mixed reference job of bench/README.md as SimPy processes: simpy_job.py SECONDS

Prints {"events": ..., "cpuSeconds": ...}. A fair-share toy instead of full credit, one process a cpu, one a cpu's
ticks, one a sleeping vcpu, one for the accounting: less work an event than ours, and the same kinds of event counted
(a tick, the end of a slice or a burst, a wake-up, an accounting).
"""
import json
import random
import sys
import time
from collections import deque

import simpy

CPUS, VCPUS = 100, 1000
MS = 1_000_000
SLICE, TICK, RUN, SLEEP = 30 * MS, 10 * MS, 1 * MS, 9 * MS


class Job:
    def __init__(self, seed):
        self.env = simpy.Environment()
        self.events = 0
        self.draw = random.Random(seed)
        self.credit = [0] * VCPUS
        self.left = [RUN] * VCPUS
        self.queues = [deque(range(cpu, VCPUS, CPUS)) for cpu in range(CPUS)]
        self.current = [None] * CPUS
        self.running = [self.env.process(self.run(cpu)) for cpu in range(CPUS)]
        for cpu in range(CPUS):
            self.env.process(self.tick(cpu))
        self.env.process(self.account())

    @staticmethod
    def serves(vcpu):
        return vcpu % 2 == 1

    def run(self, cpu):
        """One cpu: head of the queue, until its slice or burst is over or somebody more urgent wakes up."""
        env, queue = self.env, self.queues[cpu]
        while True:
            vcpu = self.current[cpu] = queue.popleft() if queue else None
            since = env.now
            try:
                yield env.timeout(self.run_for(vcpu))
                over = True
                self.events += 1
            except simpy.Interrupt:
                over = False
            if vcpu is None:
                continue
            ran = env.now - since
            self.credit[vcpu] -= ran
            self.left[vcpu] -= ran
            if self.serves(vcpu) and self.left[vcpu] <= 0:
                env.process(self.sleep(vcpu, cpu))
            elif over:
                queue.append(vcpu)
            else:
                queue.insert(1, vcpu)

    def run_for(self, vcpu):
        if vcpu is None:
            return 1000 * SLICE
        return min(SLICE, self.left[vcpu]) if self.serves(vcpu) else SLICE

    def sleep(self, vcpu, cpu):
        yield self.env.timeout(SLEEP // 2 + self.draw.randrange(SLEEP))
        self.events += 1
        self.left[vcpu] = RUN
        current = self.current[cpu]
        if current is not None and self.serves(current):
            self.queues[cpu].append(vcpu)
        else:
            self.queues[cpu].appendleft(vcpu)
            self.running[cpu].interrupt()

    def tick(self, cpu):
        yield self.env.timeout(cpu * TICK // CPUS)
        while True:
            self.events += 1
            yield self.env.timeout(TICK)

    def account(self):
        share = SLICE * CPUS // VCPUS
        while True:
            yield self.env.timeout(SLICE)
            self.events += 1
            self.credit = [min(credit + share, SLICE) for credit in self.credit]


job = Job(seed=1)
started = time.process_time()
job.env.run(until=int(sys.argv[1]) * 1000 * MS)
print(json.dumps({"events": job.events, "cpuSeconds": time.process_time() - started}))
