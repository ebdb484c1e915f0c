/** What a kernel and others may do, with pools that systemd carries. */
import '../kernel.lab.ts';
