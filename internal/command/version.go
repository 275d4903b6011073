package command

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version of builds that carry none, as those from a working tree.
const release = "0.1.0-dev"

func newVersionCommand(env *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of gonbml, of the Go that built it, and the commit",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			info, _ := debug.ReadBuildInfo()
			fmt.Fprintf(env.stdout, "gonbml %s\n", version(info))
			fmt.Fprintf(env.stdout, "go     %s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			fmt.Fprintf(env.stdout, "commit %s\n", commit(info))
			return nil
		},
	}
}

// version is the module's version if the program was built from a released one.
func version(info *debug.BuildInfo) string {
	if info == nil || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return release
	}
	return info.Main.Version
}

// commit is the commit that the program was built from, with a mark for uncommitted changes.
func commit(info *debug.BuildInfo) string {
	settings := map[string]string{}
	if info != nil {
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return "unknown (built without version control)"
	}
	if settings["vcs.modified"] == "true" {
		revision += " with local changes"
	}
	return revision
}
