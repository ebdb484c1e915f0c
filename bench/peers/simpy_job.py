"""The reference job of bench/README.md as SimPy processes: simpy_job.py KIND SECONDS

Prints {"events": ..., "cpuSeconds": ...}. A toy instead of full credit, the same in the other peers: each cpu has its own
ten vcpus, first come first served, servers before hogs, and a server that wakes up preempts a hog; nothing is stolen
and credits decide nothing. Less work an event than ours, and the same kinds of event counted (a tick, the end of a slice
or a burst, a wake-up, an accounting). Here one process a cpu, one a cpu's ticks, one a sleeping vcpu, one for the accounting.
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
    def __init__(self, mixed, seed):
        self.env = simpy.Environment()
        self.events = 0
        self.draw = random.Random(seed)
        self.serves = [mixed and vcpu // CPUS % 2 == 1 for vcpu in range(VCPUS)]
        self.credit = [0] * VCPUS
        self.left = [RUN] * VCPUS
        self.servers = [deque() for cpu in range(CPUS)]
        self.hogs = [deque() for cpu in range(CPUS)]
        for vcpu in range(VCPUS):
            self.queue_of(vcpu).append(vcpu)
        self.current = [None] * CPUS
        self.running = [self.env.process(self.run(cpu)) for cpu in range(CPUS)]
        for cpu in range(CPUS):
            self.env.process(self.tick(cpu))
        self.env.process(self.account())

    def queue_of(self, vcpu):
        return (self.servers if self.serves[vcpu] else self.hogs)[vcpu % CPUS]

    def run(self, cpu):
        """One cpu: one vcpu after the other, until its slice or burst is over or a server wakes up."""
        env, servers, hogs = self.env, self.servers[cpu], self.hogs[cpu]
        while True:
            queue = servers or hogs
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
            if self.serves[vcpu] and self.left[vcpu] <= 0:
                env.process(self.sleep(vcpu, cpu))
            elif over:
                self.queue_of(vcpu).append(vcpu)
            else:
                self.queue_of(vcpu).appendleft(vcpu)

    def run_for(self, vcpu):
        if vcpu is None:
            return 1000 * SLICE
        return min(SLICE, self.left[vcpu]) if self.serves[vcpu] else SLICE

    def sleep(self, vcpu, cpu):
        yield self.env.timeout(SLEEP // 2 + self.draw.randrange(SLEEP))
        self.events += 1
        self.left[vcpu] = RUN
        self.servers[cpu].append(vcpu)
        current = self.current[cpu]
        if current is None or not self.serves[current]:
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


job = Job(mixed=sys.argv[1] == "mixed", seed=1)
seconds = int(sys.argv[2])
job.env.run(until=1000 * MS)
events, started = job.events, time.process_time()
job.env.run(until=(1 + seconds) * 1000 * MS)
print(json.dumps({"events": job.events - events, "cpuSeconds": time.process_time() - started}))
