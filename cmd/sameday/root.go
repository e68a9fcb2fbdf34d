package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sameday/cmd/sameday/internal/control"
	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/store"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or configuration
	exitLocked = 3 // another Sameday holds the database
	exitDisk   = 4 // the disk failed under the database: look at it before the next start
)

// app is one call of the program.
type app struct {
	stdio
	began bool // a command took over: from here on, errors are not about how it was called
}

// usageError is an error about how the program was called or set up.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// asUsage marks an error as one about the set-up; nil stays nil.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, s stdio) int {
	a := &app{stdio: s}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.began {
		err = asUsage(err)
	}
	return a.finish(err)
}

// errSaid ends a command that has told what is wrong already.
var errSaid = errors.New("failed")

func (a *app) finish(err error) int {
	if err == nil {
		return exitOK
	}
	if !errors.Is(err, errSaid) {
		_, _ = fmt.Fprintf(a.Err, "sameday: %v\n", err)
	}
	var locked *store.LockedError
	var wrong *usageError
	var file yamlfile.Problems
	var remote *control.UsageError
	switch {
	case errors.As(err, &locked):
		return exitLocked
	case errors.Is(err, store.ErrUnwritable):
		return exitDisk
	case errors.As(err, &wrong), errors.As(err, &file), errors.As(err, &remote):
		return exitUsage
	default:
		return exitFailed
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "sameday",
		Short:         "Sameday (当日办): complaints are settled on the day they arrive",
		Long:          "Sameday (当日办) walks a bank's complaint desk through every complaint on Slack, so that nothing is left overnight.",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRun: func(*cobra.Command, []string) {
			a.began = true
		},
	}
	root.AddCommand(a.commands()...)
	return root
}

// commands is the list of what the program can do, in the order of its help.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.tryCommand(), a.runCommand(), a.checkCommand(), a.manifestCommand(), a.keyCommand(),
		a.importCommand(), a.exportCommand(), a.verifyCommand(), a.backupCommand(), a.restoreCommand(),
	}
}

func (a *app) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(a.Out, format, args...)
}
