package command

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	osexec "os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/history"
	"github.com/gonbml/gonbml/kernel/server"
	"github.com/gonbml/gonbml/kernel/wire"
)

func newKernelCommand(env *environment) *cobra.Command {
	var level string
	cmd := &cobra.Command{
		Use:   "kernel CONNECTION_FILE",
		Short: "Run the Jupyter kernel; Jupyter starts this by itself",
		Args:  arguments(1, 1, "CONNECTION_FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var l slog.Level
			if err := l.UnmarshalText([]byte(level)); err != nil {
				return usagef("--log: expected debug, info, warn or error, got %q", level)
			}
			log := slog.New(slog.NewTextHandler(env.stderr, &slog.HandlerOptions{Level: l}))
			return runKernel(cmd.Context(), env, args[0], log)
		},
	}
	cmd.Flags().StringVar(&level, "log", "warn", "what to log on standard error: debug, info, warn or error")
	return cmd
}

// runKernel serves the connection that the file describes until a client, a signal or Jupyter's end stops it.
func runKernel(ctx context.Context, env *environment, file string, log *slog.Logger) error {
	connection, err := wire.ReadConnection(file)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// Jupyter may close our standard error before it closes the sockets.
	signal.Ignore(syscall.SIGPIPE)

	info, _ := debug.ReadBuildInfo()
	past := history.New(history.DefaultDir())
	defer past.Close()
	srv, err := server.Bind(connection, server.Options{
		Engine: func(ctx context.Context, progress func(string)) (exec.Engine, error) {
			o := engine.Options{Source: env.sources, Progress: progress}
			return newEngine(ctx, underJupyter(o, file, version(info), commit(info)))
		},
		Version:   version(info),
		GoVersion: goVersion(ctx),
		History:   past,
		Log:       log,
	})
	if err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	if bound := srv.Connection(); bound != connection {
		if err := writeConnection(file, bound); err != nil {
			return fmt.Errorf("kernel: write the chosen ports: %w", err)
		}
	}
	// A console that runs us sends its Ctrl-C to us as well; it means the cell, not the kernel.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, syscall.SIGINT)
	defer signal.Stop(interrupts)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for {
			select {
			case <-interrupts:
				srv.Interrupt()
			case <-ctx.Done():
				return
			}
		}
	}()
	go stopWithoutParent(ctx, cancel, log)
	return srv.Serve(ctx)
}

// goVersion is the version of the go command that will compile the cells, or of the one that compiled us.
func goVersion(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	name := runtime.Version()
	if out, err := osexec.CommandContext(ctx, "go", "env", "GOVERSION").Output(); err == nil {
		name = strings.TrimSpace(string(out))
	}
	name, _, _ = strings.Cut(name, " ")
	return strings.TrimPrefix(name, "go")
}

// writeConnection stores the ports that were chosen for those that the connection file left open.
func writeConnection(file string, c wire.Connection) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// stopWithoutParent stops the kernel when the Jupyter process that started it has died without saying so. Jupyter tells
// its number in JPY_PARENT_PID.
func stopWithoutParent(ctx context.Context, stop func(), log *slog.Logger) {
	parent := os.Getppid()
	if os.Getenv("JPY_PARENT_PID") != fmt.Sprint(parent) {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if os.Getppid() != parent {
				log.Warn("the process that started the kernel is gone; the kernel ends")
				stop()
				return
			}
		}
	}
}
