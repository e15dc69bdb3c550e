package check

import (
	"fmt"
	"net"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Wiring returns what is wrong between the objects of m: Services without pods, budgets that block or protect nothing, neighbours
// whose address is nobody's, or who are not those of graph.
func (m *Manifests) Wiring(graph Graph) []string {
	var found []string
	addresses := map[string]string{} // host:port to the component behind it
	for _, s := range m.Services {
		behind := m.selected(func(d *appsv1.Deployment) bool {
			return len(s.Spec.Selector) > 0 && contains(d.Spec.Template.Labels, s.Spec.Selector)
		})
		if len(behind) != 1 {
			found = append(found, fmt.Sprintf("Service %s: %d Deployments behind it, want 1", s.Name, len(behind)))
			continue
		}
		c := &behind[0].Spec.Template.Spec.Containers[0]
		for _, p := range s.Spec.Ports {
			if !resolves(c, p.TargetPort) {
				found = append(found, fmt.Sprintf("Service %s: the pods have no port %s", s.Name, p.TargetPort.String()))
			}
			addresses[net.JoinHostPort(s.Name, fmt.Sprint(p.Port))] = c.Name
		}
	}
	for _, b := range m.Budgets {
		over := m.selected(func(d *appsv1.Deployment) bool { return selects(b.Spec.Selector, d.Spec.Template.Labels) })
		if len(over) != 1 || b.Spec.MaxUnavailable == nil || b.Spec.MaxUnavailable.IntValue() != 1 {
			found = append(found, fmt.Sprintf("PodDisruptionBudget %s: it must let one pod go, of one Deployment", b.Name))
		}
	}
	for _, d := range m.Deployments {
		if len(d.Spec.Template.Spec.Containers) > 0 {
			found = append(found, peerProblems(&d.Spec.Template.Spec.Containers[0], graph, addresses)...)
		}
	}
	if len(m.Services) != len(graph) || len(m.Budgets) != len(graph) || len(m.Deployments) != len(graph) {
		found = append(found, fmt.Sprintf("%d Deployments, %d Services and %d PodDisruptionBudgets, want %d of each",
			len(m.Deployments), len(m.Services), len(m.Budgets), len(graph)))
	}
	return found
}

func peerProblems(c *corev1.Container, graph Graph, addresses map[string]string) []string {
	for _, v := range c.Env {
		if v.Name == strings.ToUpper(c.Name)+"_PEERS" {
			return graph.peerProblems(c.Name, v.Value, func(address string) string { return addresses[address] })
		}
	}
	return []string{c.Name + ": no PEERS"}
}

func (m *Manifests) selected(take func(*appsv1.Deployment) bool) []*appsv1.Deployment {
	return slices.Collect(func(yield func(*appsv1.Deployment) bool) {
		for _, d := range m.Deployments {
			if len(d.Spec.Template.Spec.Containers) > 0 && take(d) && !yield(d) {
				return
			}
		}
	})
}

// contains tells whether of has all of want.
func contains(of, want map[string]string) bool {
	for key, value := range want {
		if of[key] != value {
			return false
		}
	}
	return true
}
