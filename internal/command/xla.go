package command

import (
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gonbml/gonbml/ml/backend/plugin"
)

func newXLACommand(env *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "xla",
		Short: "Install, list or remove XLA plugins, with which models train several times faster",
		Long: `Models compute with XLA where one of its plugins (a shared library for a CPU, an NVIDIA GPU or a TPU) is on the machine, and else with an
engine in Go. Notebooks find plugins in the user's folder, which gonbml shares with GoMLX's own programs, and in Python environments.`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newXLAInstallCommand(env), newXLAListCommand(env), newXLAUninstallCommand(env))
	return cmd
}

func newXLAInstallCommand(env *environment) *cobra.Command {
	i := plugin.Installer{Env: plugin.Machine()}
	cmd := &cobra.Command{
		Use:   "install [cpu|cuda|tpu]",
		Short: "Get a plugin: cpu (the default), cuda or tpu",
		Long: `Install gets a plugin with go-xla's own installer where the page is reachable from which it downloads. Otherwise it fetches a pinned Python
wheel, with pip if Python is there and else from the package index, and takes the plugin out of it if the file's checksum is the pinned one.
No Python environment is changed. --pinned takes the wheel at once.`,
		Args: arguments(0, 1, "cpu, cuda or tpu"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := kindOf(args)
			if err != nil {
				return err
			}
			ctx, cancel := interruptible(cmd)
			defer cancel()
			i.Say = func(text string) { fmt.Fprintln(env.stderr, "gonbml: "+oneLine(text)) }
			file, err := i.Install(ctx, kind)
			if err != nil {
				return fmt.Errorf("the %s plugin could not be installed: %w", kind, err)
			}
			fmt.Fprintln(env.stdout, file)
			if err := plugin.Check(i.Env, file); err != nil {
				return fmt.Errorf("%s is installed and would not load: %w", file, err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&i.Dir, "dir", "", "folder to install into instead of the user's; PJRT_PLUGIN_LIBRARY_PATH must name it for notebooks to find it")
	cmd.Flags().BoolVar(&i.PinnedOnly, "pinned", false, "take the pinned wheel, without trying go-xla's installer")
	return cmd
}

func newXLAListCommand(env *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the plugins on this machine, and which one notebooks take",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			found := plugin.List(plugin.Machine())
			if len(found) == 0 {
				fmt.Fprintln(env.stdout, "no plugins. To get one: gonbml xla install cpu")
				return nil
			}
			w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "device\tsize\tstate\tfile")
			taken := false
			for _, f := range found {
				state := "usable"
				switch {
				case f.Problem != nil:
					state = oneLine(f.Problem.Error())
				case !f.Device:
					state = "no such device"
				case !taken:
					state, taken = "in use", true
				}
				fmt.Fprintf(w, "%s\t%.0f MB\t%s\t%s (%s)\n", f.Kind, float64(f.Size)/1e6, state, f.File, f.Why)
			}
			return w.Flush()
		},
	}
}

func newXLAUninstallCommand(env *environment) *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:   "uninstall [cpu|cuda|tpu]",
		Short: "Remove the plugins of a kind (cpu by default) from the user's folder",
		Args:  arguments(0, 1, "cpu, cuda or tpu"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := kindOf(args)
			if err != nil {
				return err
			}
			removed, err := plugin.Uninstall(plugin.Machine(), kind, dir)
			for _, file := range removed {
				fmt.Fprintln(env.stdout, "removed", file)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder instead of the user's")
	return cmd
}

// kindOf reads the argument.
func kindOf(args []string) (plugin.Kind, error) {
	if len(args) == 0 {
		return plugin.CPU, nil
	}
	switch k := plugin.Kind(strings.ToLower(args[0])); k {
	case plugin.CPU, plugin.CUDA, plugin.TPU:
		return k, nil
	}
	return "", usagef("expected cpu, cuda or tpu. Got %q", args[0])
}

// interruptible is the command's context, which Ctrl-C ends.
func interruptible(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	return signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
}
