package command

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newUninstallCommand(env *environment) *cobra.Command {
	var where place
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove what install wrote; give the same flags",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := where.dir(cmd)
			if err != nil {
				return err
			}
			spec, ok, err := readKernelspec(dir)
			switch {
			case err != nil:
				return fmt.Errorf("uninstall: %w", err)
			case !ok:
				return fmt.Errorf("there is no kernelspec in %s. Give the flags that install was given (--user, --prefix, --sys-prefix, --name)", dir)
			case !spec.ours():
				return fmt.Errorf("the kernelspec in %s is of another kernel, %q; gonbml did not install it and leaves it alone", dir, spec.DisplayName)
			}
			if err := removeKernelspec(dir); err != nil {
				return fmt.Errorf("uninstall: %w", err)
			}
			fmt.Fprintf(env.stdout, "Removed the kernelspec %q from %s\n", filepath.Base(dir), dir)
			return nil
		},
	}
	where.addFlags(cmd)
	return cmd
}

// removeKernelspec removes the files that install wrote, and the folder if nothing else is in it.
func removeKernelspec(dir string) error {
	entries, err := logos.ReadDir("logos")
	if err != nil {
		return err
	}
	names := []string{"kernel.json"}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		return err
	}
	return os.Remove(dir)
}
