package check

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Variables are those that a service knows, and whether it starts only with them.
type Variables map[string]bool

// ReadVariables builds the services of root into dir and asks each for its variables: `intake --help` lists them.
func ReadVariables(root, dir string) (map[string]Variables, error) {
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, service := range Services {
		args = append(args, "redress.dev/services/"+service+"/cmd/"+service)
	}
	build := exec.Command("go", args...)
	build.Dir = root
	build.Env = append(os.Environ(), "GOWORK="+filepath.Join(root, "go.work"))
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the services: %w\n%s", err, out)
	}
	known := map[string]Variables{}
	for _, service := range Services {
		help, _ := exec.Command(filepath.Join(dir, service), "--help").CombinedOutput() // its exit code is that of wrong usage
		known[service] = parseUsage(string(help))
		if len(known[service]) == 0 {
			return nil, fmt.Errorf("%s --help names no variable:\n%s", service, help)
		}
	}
	return known, nil
}

// parseUsage reads lines such as "  INTAKE_OIDC_ISSUER   required".
func parseUsage(help string) Variables {
	v := Variables{}
	for line := range strings.Lines(help) {
		if words := strings.Fields(line); strings.HasPrefix(line, "  ") && len(words) > 0 {
			v[words[0]] = len(words) > 1 && words[1] == "required"
		}
	}
	return v
}

// ours are prefixes and names of variables that others than the services' configuration read.
var ours = []string{"OTEL_", "GOMEMLIMIT", "GOGC", "POD_NAME"}

// Problems returns what is wrong with a service's environment. files holds the paths that exist in its container.
func (v Variables) Problems(env map[string]string, files map[string]bool) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		_, known := v[name]
		foreign := slices.ContainsFunc(ours, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		if !known && !foreign {
			found = append(found, fmt.Sprintf("variable %s is none that the service knows", name))
		}
		if strings.HasSuffix(name, "_FILE") && !files[env[name]] {
			found = append(found, fmt.Sprintf("variable %s names %s, which nothing mounts", name, env[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if v[name] && env[name] == "" {
			found = append(found, fmt.Sprintf("variable %s is required and not set", name))
		}
	}
	for file := range files {
		if !slices.Contains(slices.Collect(maps.Values(env)), file) {
			found = append(found, fmt.Sprintf("%s is mounted and no variable names it", file))
		}
	}
	return found
}
