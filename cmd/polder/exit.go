// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"polder/instance"
	"polder/instance/store"
)

// Exit codes of every command but verify.
const (
	exitDone  = 0
	exitError = 1
	exitUsage = 2
)

// errUsage is returned by a command that was called wrongly; alone it means
// that the command has said so itself.
var errUsage = errors.New("wrong usage")

// errHelp is returned after help was asked for and given.
var errHelp = errors.New("help was asked for")

// exitCode ends the program with a code of its own; the command has said why.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError says what is wrong with the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// Is makes a usageError an errUsage.
func (e *usageError) Is(target error) bool { return target == errUsage }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// execute runs the command that args name and gives the exit code. An error
// becomes one sentence on standard error.
func execute(ctx context.Context, args []string, io stdio) int {
	err := dispatch(ctx, args, io)
	var own exitCode
	switch {
	case err == nil, errors.Is(err, errHelp):
		return exitDone
	case errors.As(err, &own):
		return int(own)
	case err == errUsage: // said already
		return exitUsage
	}
	fmt.Fprintf(io.Err, "polder: %s\n", sentence(err))
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitError
}

// sentence makes one line of an error.
func sentence(err error) string {
	var refused *instance.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, store.ErrLocked):
		return "the store is in use by another process; is the instance running already?"
	case errors.Is(err, store.ErrFull), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk is full, nothing was changed: " + oneLine(err.Error())
	case errors.As(err, &refused):
		return refusal(refused)
	}
	return oneLine(err.Error())
}

// refusal is what a use case says to people, with what is behind it.
func refusal(e *instance.Error) string {
	text := e.Public
	if texts, err := loadTexts(); err == nil {
		text = texts.Printer(english).T(e.Public)
	}
	text = strings.TrimRight(text, ".")
	if e.Err != nil {
		text += ": " + oneLine(e.Err.Error())
	}
	return text
}

// english is the language of the command line.
const english = "en"

func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' }), "; ")
}
