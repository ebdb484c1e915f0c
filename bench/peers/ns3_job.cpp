// The reference job of bench/README.md on ns-3's event core: ns3_job KIND SECONDS QUEUE
//
// The toy of simpy_job.py as callbacks, event for event. QUEUE is one of ns-3's own event queues: ns3::MapScheduler,
// its default, or ns3::PriorityQueueScheduler, its fastest here. Prints {"events": ..., "cpuSeconds": ...}.
#include <ns3/core-module.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <deque>
#include <random>
#include <string>

namespace {

constexpr int kCpus = 100, kVcpus = 1000, kNone = -1;
constexpr int64_t kMs = 1000000;
constexpr int64_t kSlice = 30 * kMs, kTick = 10 * kMs, kRun = 1 * kMs, kSleep = 9 * kMs;

struct Vcpu {
  bool serves = false;
  int64_t credit = 0;
  int64_t left = kRun;
};

struct Cpu {
  std::deque<int> servers, hogs;
  int current = kNone;
  int64_t since = 0;
  ns3::EventId timer;
};

Vcpu vcpus[kVcpus];
Cpu cpus[kCpus];
uint64_t events = 0;
std::minstd_rand draw(1);

int64_t Now() { return ns3::Simulator::Now().GetNanoSeconds(); }

std::deque<int>& QueueOf(int vcpu) {
  Cpu& cpu = cpus[vcpu % kCpus];
  return vcpus[vcpu].serves ? cpu.servers : cpu.hogs;
}

void Over(int cpu);
void Wake(int vcpu);

/// Servers first; until its slice or its burst is over.
void Choose(int n) {
  Cpu& cpu = cpus[n];
  std::deque<int>& queue = cpu.servers.empty() ? cpu.hogs : cpu.servers;
  if (queue.empty()) {
    cpu.current = kNone;
    return;
  }
  cpu.current = queue.front();
  queue.pop_front();
  cpu.since = Now();
  const Vcpu& vcpu = vcpus[cpu.current];
  int64_t ns = vcpu.serves ? std::min(kSlice, vcpu.left) : kSlice;
  cpu.timer = ns3::Simulator::Schedule(ns3::NanoSeconds(ns), &Over, n);
}

void Charge(const Cpu& cpu) {
  int64_t ran = Now() - cpu.since;
  vcpus[cpu.current].credit -= ran;
  vcpus[cpu.current].left -= ran;
}

void Over(int n) {
  events++;
  Cpu& cpu = cpus[n];
  Charge(cpu);
  const Vcpu& vcpu = vcpus[cpu.current];
  if (vcpu.serves && vcpu.left <= 0)
    ns3::Simulator::Schedule(ns3::NanoSeconds(kSleep / 2 + draw() % kSleep), &Wake, cpu.current);
  else
    QueueOf(cpu.current).push_back(cpu.current);
  Choose(n);
}

void Wake(int vcpu) {
  events++;
  vcpus[vcpu].left = kRun;
  QueueOf(vcpu).push_back(vcpu);
  int n = vcpu % kCpus;
  Cpu& cpu = cpus[n];
  if (cpu.current != kNone) {
    if (vcpus[cpu.current].serves) return;
    cpu.timer.Cancel();
    Charge(cpu);
    QueueOf(cpu.current).push_front(cpu.current);
  }
  Choose(n);
}

void Tick(int cpu) {
  events++;
  ns3::Simulator::Schedule(ns3::NanoSeconds(kTick), &Tick, cpu);
}

void Account() {
  events++;
  for (Vcpu& vcpu : vcpus) vcpu.credit = std::min(vcpu.credit + kSlice * kCpus / kVcpus, kSlice);
  ns3::Simulator::Schedule(ns3::NanoSeconds(kSlice), &Account);
}

void Run(int seconds) {
  ns3::Simulator::Stop(ns3::Seconds(seconds));
  ns3::Simulator::Run();
}

}  // namespace

int main(int, char** argv) {
  const bool mixed = std::string(argv[1]) == "mixed";
  ns3::ObjectFactory queue;
  queue.SetTypeId(argv[3]);
  ns3::Simulator::SetScheduler(queue);
  for (int vcpu = 0; vcpu < kVcpus; vcpu++) {
    vcpus[vcpu].serves = mixed && vcpu / kCpus % 2 == 1;
    QueueOf(vcpu).push_back(vcpu);
  }
  for (int cpu = 0; cpu < kCpus; cpu++) {
    Choose(cpu);
    ns3::Simulator::Schedule(ns3::NanoSeconds(cpu * kTick / kCpus), &Tick, cpu);
  }
  ns3::Simulator::Schedule(ns3::NanoSeconds(kSlice), &Account);

  Run(1);
  const uint64_t warmUp = events;
  const std::clock_t started = std::clock();
  Run(std::stoi(argv[2]));
  const double spent = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
  std::printf("{\"events\": %lu, \"cpuSeconds\": %f}\n", static_cast<unsigned long>(events - warmUp), spent);
  return 0;
}
