/*
 * A guest of libvirt where systemd has its cgroups: a scope in machine.slice, which would go with its last process.
 *
 * needs: libvirt
 */
import '../libvirt.lab.ts';
