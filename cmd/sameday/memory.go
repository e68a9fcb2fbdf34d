package main

import "runtime/debug"

// How the garbage collector works while the bot runs, unless GOGC and GOMEMLIMIT say otherwise. Little of what a command makes outlives
// it, so Go's own setting collects the same few megabytes over and over: a fifth of the work of a command under load. It may
// let the heap grow to five times what is in use, but not far above the limit.
const (
	gcPercent   = 400
	memoryLimit = 140 << 20
)

func (a *app) tuneCollector() {
	if a.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if a.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
