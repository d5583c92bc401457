// SPDX-License-Identifier: EUPL-1.2

// Package browsertest looks at the pages as people do: a real Chromium, driven
// by keyboard, with and without JavaScript, against the real service on a
// loopback port. It holds tests only, behind the build tag browser:
//
//	go test -tags browser ./instance/web/browsertest
//
// Without a Chromium they fail; they are never skipped. What they promise:
// every page fits a screen of 320 px, has no violation that axe can find, and
// loads without a word in the console; voting works with the keyboard alone and
// says aloud what happened, also when it failed.
//
// It must not be imported, and imports nothing outside of its tests.
// Read chromium_test.go first, then town_test.go.
package browsertest
