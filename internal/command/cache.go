package command

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/gonbml/gonbml/kernel/build"
)

// recent is how long workers and cells may lie unused that gonbml cache clean leaves.
const recent = 7 * 24 * time.Hour

func newCacheCommand(env *environment) *cobra.Command {
	cache := &cobra.Command{
		Use:   "cache",
		Short: "Show or clean what gonbml has built",
		Long: "gonbml keeps workers and compiled cells, so that nothing is compiled twice. Sessions keep the cache below " + build.FormatSize(build.DefaultLimit) +
			";\nset " + build.LimitVariable + " to another size (such as 20GB, or 0 for no limit). What was used least recently goes first,\nand nothing that a running kernel may use.",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cache.AddCommand(newCacheInfoCommand(env), newCacheCleanCommand(env))
	return cache
}

func newCacheInfoCommand(env *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Show where the cache is, what it holds and its limit",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, limit, err := cacheSettings()
			if err != nil {
				return err
			}
			u := build.CacheUsage(dir)
			bound := build.FormatSize(limit)
			if limit == 0 {
				bound = "none"
			}
			fmt.Fprintf(env.stdout, "folder   %s\n", u.Dir)
			fmt.Fprintf(env.stdout, "size     %s (limit: %s)\n", build.FormatSize(u.Bytes), bound)
			fmt.Fprintf(env.stdout, "workers  %d\n", u.Workers)
			fmt.Fprintf(env.stdout, "cells    %d, %s\n", u.Cells, build.FormatSize(u.CellBytes))
			fmt.Fprintf(env.stdout, "kernels  %d running\n", u.Sessions)
			return nil
		},
	}
}

func newCacheCleanCommand(env *environment) *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove what was not used for a week, or with --all everything that no running kernel may use",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, limit, err := cacheSettings()
			if err != nil {
				return err
			}
			unused := recent
			if all {
				unused = 0
			}
			freed := build.CleanCache(dir, limit, unused)
			fmt.Fprintf(env.stdout, "removed %s; %s are left in %s\n", build.FormatSize(freed), build.FormatSize(build.CacheUsage(dir).Bytes), dir)
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove everything that no running kernel may use; what was used in the last ten minutes stays")
	return cmd
}

// cacheSettings returns the cache's folder and limit.
func cacheSettings() (dir string, limit int64, err error) {
	if dir, err = build.DefaultCacheDir(); err != nil {
		return "", 0, err
	}
	if limit, err = build.Limit(os.Getenv(build.LimitVariable)); err != nil {
		return "", 0, usageError{err}
	}
	return dir, limit, nil
}
