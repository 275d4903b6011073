package build

// FindProject is findProject, for tests.
var FindProject = findProject
