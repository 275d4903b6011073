package build

// CacheDir is the folder for everything built.
func (b *Builder) CacheDir() string { return b.opts.CacheDir }

// GoCommand is the path of the go command.
func (b *Builder) GoCommand() string { return b.tools.Go }

// GoRoot is the folder of the Go distribution.
func (b *Builder) GoRoot() string { return b.tools.Root }
