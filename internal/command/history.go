package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/history"
)

func newHistoryCommand(env *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show or clear what was typed in notebooks and consoles",
		Long: `gonbml keeps the cells that were run, for the history of consoles and notebooks. The files can be read by their owner only and
are kept below 16 MB; the oldest sessions go first. They are not part of the cache, and gonbml cache clean leaves them.

Set ` + history.Variable + ` to another folder, or to off for a history that ends with the session.`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "info",
		Short: "Show where the history is and what it holds",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := history.DefaultDir()
			if dir == "" {
				fmt.Fprintln(env.stdout, "no history is kept")
				return nil
			}
			count, bytes := history.Usage(dir)
			fmt.Fprintf(env.stdout, "folder    %s\nsessions  %d, %s\n", dir, count, build.FormatSize(bytes))
			return nil
		},
	}, &cobra.Command{
		Use:   "clear",
		Short: "Remove the history of all sessions",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := history.DefaultDir()
			count, bytes := history.Usage(dir)
			if err := history.Clear(dir); err != nil {
				return fmt.Errorf("clear the history: %w", err)
			}
			fmt.Fprintf(env.stdout, "removed %d sessions, %s\n", count, build.FormatSize(bytes))
			return nil
		},
	})
	return cmd
}
