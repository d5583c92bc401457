// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the version of the source; the revision of a build comes from the
// version control system.
const release = "0.1.0-dev"

// version is the release with the revision it was built from, if known:
// 0.1.0-dev+4bd6e4d.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 7 {
			return release + "+" + s.Value[:7]
		}
	}
	return release
}

func versionLine() string {
	return fmt.Sprintf("polder %s %s %s/%s", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
