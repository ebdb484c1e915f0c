/** The contract, with pools that systemd carries. */
import '../host.lab.ts';
