// The reference job of bench/README.md as SimGrid actors: simgrid_job KIND SECONDS
//
// The toy of simpy_job.py, event for event: an actor a cpu, one for its ticks, one a server, one for the accounting.
// SimGrid's own fluid sharing of cpus knows no slices and is left out. Prints {"events": ..., "cpuSeconds": ...}.
#include <simgrid/s4u.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <deque>
#include <random>
#include <string>
#include <unistd.h>

namespace sg = simgrid::s4u;

namespace {

constexpr int kCpus = 100, kVcpus = 1000, kNone = -1;
constexpr double kSlice = 0.030, kTick = 0.010, kRun = 0.001, kSleep = 0.009, kNano = 1e-9;

struct Vcpu {
  bool serves = false;
  double credit = 0;
  double left = kRun;
  sg::ActorPtr sleeper;
};

struct Cpu {
  std::deque<int> servers, hogs;
  int current = kNone;
  /// Whoever preempts gives one.
  sg::SemaphorePtr call = sg::Semaphore::create(0);
};

Vcpu vcpus[kVcpus];
Cpu* cpus;
uint64_t events = 0;
std::minstd_rand draw(1);

std::deque<int>& QueueOf(int vcpu) {
  Cpu& cpu = cpus[vcpu % kCpus];
  return vcpus[vcpu].serves ? cpu.servers : cpu.hogs;
}

/// Servers first.
int Choose(Cpu& cpu) {
  std::deque<int>& queue = cpu.servers.empty() ? cpu.hogs : cpu.servers;
  if (queue.empty()) return kNone;
  int vcpu = queue.front();
  queue.pop_front();
  return vcpu;
}

/// One after the other on a cpu, each until its slice or its burst is over or a server wakes up.
void RunCpu(int n) {
  Cpu& cpu = cpus[n];
  for (;;) {
    cpu.current = Choose(cpu);
    if (cpu.current == kNone) {
      cpu.call->acquire();
      continue;
    }
    Vcpu& vcpu = vcpus[cpu.current];
    const double since = sg::Engine::get_clock();
    const bool over = cpu.call->acquire_timeout(vcpu.serves ? std::min(kSlice, vcpu.left) : kSlice);
    const double ran = sg::Engine::get_clock() - since;
    vcpu.credit -= ran;
    vcpu.left -= ran;
    if (over) events++;
    if (vcpu.serves && vcpu.left < kNano)
      vcpu.sleeper->resume();
    else if (over)
      QueueOf(cpu.current).push_back(cpu.current);
    else
      QueueOf(cpu.current).push_front(cpu.current);
  }
}

void Sleep(int n) {
  std::uniform_real_distribution<double> time(0.5 * kSleep, 1.5 * kSleep);
  for (;;) {
    sg::this_actor::suspend();
    sg::this_actor::sleep_for(time(draw));
    events++;
    vcpus[n].left = kRun;
    QueueOf(n).push_back(n);
    Cpu& cpu = cpus[n % kCpus];
    if (cpu.current == kNone || !vcpus[cpu.current].serves) cpu.call->release();
  }
}

void Tick(int cpu) {
  sg::this_actor::sleep_for(cpu * kTick / kCpus);
  for (;;) {
    events++;
    sg::this_actor::sleep_for(kTick);
  }
}

void Account() {
  for (;;) {
    sg::this_actor::sleep_for(kSlice);
    events++;
    for (Vcpu& vcpu : vcpus) vcpu.credit = std::min(vcpu.credit + kSlice * kCpus / kVcpus, kSlice);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool mixed = std::string(argv[1]) == "mixed";
  sg::Engine engine(&argc, argv);
  sg::NetZone* zone = sg::create_full_zone("pool");
  sg::Host* host = zone->create_host("host", 1e9);
  zone->seal();

  cpus = new Cpu[kCpus];
  for (int vcpu = 0; vcpu < kVcpus; vcpu++) {
    vcpus[vcpu].serves = mixed && vcpu / kCpus % 2 == 1;
    QueueOf(vcpu).push_back(vcpu);
    if (vcpus[vcpu].serves) vcpus[vcpu].sleeper = sg::Actor::create("sleeper", host, Sleep, vcpu);
  }
  for (int cpu = 0; cpu < kCpus; cpu++) {
    sg::Actor::create("cpu", host, RunCpu, cpu);
    sg::Actor::create("tick", host, Tick, cpu);
  }
  sg::Actor::create("accounting", host, Account);

  engine.run_until(1);
  const uint64_t warmUp = events;
  const std::clock_t started = std::clock();
  engine.run_until(1 + std::stoi(argv[2]));
  const double spent = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
  std::printf("{\"events\": %lu, \"cpuSeconds\": %f}\n", static_cast<unsigned long>(events - warmUp), spent);
  std::fflush(stdout);
  // Ending a thousand actors one by one is no part of the job.
  _exit(0);
}
