// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"polder/instance/boltstore"
	"polder/instance/store"
)

// TestMain makes the test binary serve as polder too, so that scripts run the
// real program as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"polder": main})
}

var update = flag.Bool("update-scripts", false, "write the output that scripts compare with")

// TestScripts runs testdata/script: every command as people type it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Values["served"] = map[string]*served{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": cmdExits, "serve": cmdServe, "stop": cmdStop, "kill": cmdKill, "get": cmdGet, "newer": cmdNewer, "mode": cmdMode,
		},
	})
}

// cmdExits is `exits N PROGRAM ARGS`: the program must end with that code.
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), append(os.Environ(), "PATH="+ts.Getenv("PATH"), "HOME="+ts.Getenv("HOME"))
	if path, err := lookPath(ts, args[1]); err == nil {
		cmd.Path, cmd.Err = path, nil
	}
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if got := cmd.ProcessState.ExitCode(); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// lookPath finds a program in the PATH of the script.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		path := dir + string(os.PathSeparator) + name
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// served is one `polder serve` of a script.
type served struct {
	cmd  *exec.Cmd
	errs *bytes.Buffer
}

// cmdServe is `serve NAME ARGS`: it starts polder serve and waits until it is
// up; $NAME is then the address, $NAME_LISTEN its host and port.
func cmdServe(ts *testscript.TestScript, _ bool, args []string) {
	path, err := lookPath(ts, "polder")
	ts.Check(err)
	s := &served{cmd: exec.Command(path, append([]string{"serve"}, args[1:]...)...), errs: &bytes.Buffer{}}
	s.cmd.Dir, s.cmd.Stderr = ts.MkAbs("."), s.errs
	out, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ts.Defer(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.cmd.Wait()
		ts.Fatalf("polder serve did not come up: %v\n%s", err, s.errs)
	}
	go io.Copy(io.Discard, out)
	_, rest, _ := strings.Cut(line, "listening on ")
	address, _, _ := strings.Cut(rest, ",")
	ts.Setenv(args[0], address)
	ts.Setenv(args[0]+"_LISTEN", strings.TrimPrefix(address, "http://"))
	ts.Value("served").(map[string]*served)[args[0]] = s
}

// cmdStop is `stop NAME`: SIGTERM must end the instance with exit code 0. Its
// standard error becomes that of the command.
func cmdStop(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("served").(map[string]*served)[args[0]]
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	err := s.cmd.Wait()
	ts.Stderr().Write(s.errs.Bytes())
	if err != nil {
		ts.Fatalf("polder serve ended with %v\n%s", err, s.errs)
	}
}

// cmdKill is `kill NAME`: SIGKILL.
func cmdKill(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("served").(map[string]*served)[args[0]]
	ts.Check(s.cmd.Process.Kill())
	s.cmd.Wait()
}

// cmdGet is `get URL`: the status line and body become standard output.
func cmdGet(ts *testscript.TestScript, _ bool, args []string) {
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(args[0])
	ts.Check(err)
	defer resp.Body.Close()
	fmt.Fprintln(ts.Stdout(), resp.Status)
	_, err = io.Copy(ts.Stdout(), resp.Body)
	ts.Check(err)
}

// cmdNewer is `newer FILE`: the store looks as if a later version wrote it.
func cmdNewer(ts *testscript.TestScript, _ bool, args []string) {
	e, err := boltstore.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer e.Close()
	ts.Check(e.Update(context.Background(), func(w store.Writer) error { return w.Put("meta", []byte("schema"), []byte("99")) }))
}

// cmdMode is `mode OCTAL FILE...`: the files must have this mode.
func cmdMode(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, want %s", name, got, args[0])
		}
	}
}
