import { expect, test, vi } from 'vitest';
import { Interrupt } from './interrupt.ts';

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('the first %s ends the run in good order, a second one at once', (signal, status) => {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never);
  const atOnce = vi.fn();
  const interrupt = new Interrupt(atOnce);
  expect(interrupt.status).toBe(null);
  process.emit(signal, signal);
  expect(interrupt.status).toBe(status);
  expect(interrupt.signal.aborted).toBe(true);
  expect(exit).not.toHaveBeenCalled();
  process.emit(signal, signal);
  expect(atOnce).toHaveBeenCalledOnce();
  expect(exit).toHaveBeenCalledExactlyOnceWith(status);
  interrupt.close();
  process.emit(signal, signal);
  expect(exit).toHaveBeenCalledOnce();
  exit.mockRestore();
});
