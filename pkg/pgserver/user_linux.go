package pgserver

import "syscall"

// capDACOverride is CAP_DAC_OVERRIDE of linux/capability.h.
const capDACOverride = 1

// passThrough lets the process pass through folders closed to its user: root's
// checkout is often below /root, which nobody else may enter.
func passThrough(a *syscall.SysProcAttr) {
	a.AmbientCaps = []uintptr{capDACOverride}
}
