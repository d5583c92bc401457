// SPDX-License-Identifier: EUPL-1.2

// Command polder runs an instance, and everything around it: making one ready,
// accounts, letter codes, backups, checking published totals, a demonstration
// network and benchmarks. `polder help` lists the commands.
//
// This is where the packages are put together, so it may import all of them;
// nothing may import it. What an instance does belongs in package instance, not
// here.
//
// Read main.go first, then commands.go and start.go.
package main
