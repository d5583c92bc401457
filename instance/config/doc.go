// SPDX-License-Identifier: EUPL-1.2

// Package config is the configuration of an instance (spec: architecture.md 7):
// defaults, the file polder.toml, the environment and the command line, in
// rising order of weight, checked as a whole.
//
// It must not import other packages of this module: what a value means is
// known where it is used. Read config.go first; it is the list of all keys.
package config
