package check

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// Compose returns what is wrong with a Compose file. It is read strictly, as `docker compose` reads it.
func Compose(file string, content []byte, known map[string]Variables, graph Graph) ([]string, error) {
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  filepath.Dir(file),
		ConfigFiles: []types.ConfigFile{{Filename: file, Content: content}},
		Environment: types.Mapping{},
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(file), err)
	}
	var found []string
	for _, name := range Services {
		s, ok := project.Services[name]
		if !ok {
			found = append(found, "no service "+name)
			continue
		}
		for _, problem := range containerProblems(s, known[name]) {
			found = append(found, name+": "+problem)
		}
		behind := func(address string) string {
			host, port, _ := strings.Cut(address, ":")
			if _, ok := project.Services[host]; !ok || value(project.Services[host], strings.ToUpper(host)+"_LISTEN") != ":"+port {
				return ""
			}
			return host
		}
		found = append(found, graph.peerProblems(name, value(s, strings.ToUpper(name)+"_PEERS"), behind)...)
	}
	return found, nil
}

func containerProblems(s types.ServiceConfig, known Variables) []string {
	var found []string
	add := func(bad bool, what string) {
		if bad {
			found = append(found, what)
		}
	}
	add(!s.ReadOnly, "its root file system may be written")
	add(!slices.Equal(s.CapDrop, []string{"ALL"}), "it keeps capabilities")
	add(s.User != "65532:65532", "it does not run as 65532")
	add(s.MemLimit == 0, "no memory limit")
	add(s.StopGracePeriod == nil || s.StopGracePeriod.String() != "1m0s", "it is killed before it has drained")
	for _, p := range s.Ports {
		add(p.HostIP != "127.0.0.1", "port "+p.Published+" is open to other machines, without TLS")
	}
	files := map[string]bool{}
	for _, secret := range s.Secrets {
		files["/run/secrets/"+secret.Source] = true
	}
	env := map[string]string{}
	for name := range s.Environment {
		env[name] = value(s, name)
	}
	return append(found, known.Problems(env, files)...)
}

// value returns a variable of a service, "" where it has none.
func value(s types.ServiceConfig, name string) string {
	if v := s.Environment[name]; v != nil {
		return *v
	}
	return ""
}
