package check

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Network returns where the NetworkPolicies of m let pods reach each other otherwise than graph says. Beside the services there is
// a stranger: a pod of the same namespace that must reach nobody, and whom nobody may reach.
func (m *Manifests) Network(graph Graph) []string {
	var found []string
	for _, p := range m.Policies {
		for _, rule := range p.Spec.Ingress {
			if len(rule.From) == 0 || len(rule.Ports) == 0 {
				found = append(found, fmt.Sprintf("NetworkPolicy %s lets everybody in, or into every port", p.Name))
			}
		}
		for _, rule := range p.Spec.Egress {
			if len(rule.To) == 0 || len(rule.Ports) == 0 {
				found = append(found, fmt.Sprintf("NetworkPolicy %s lets pods out to everywhere, or to every port", p.Name))
			}
		}
	}
	stranger := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{
		Labels: map[string]string{"app": "stranger"},
	}}}}
	for _, to := range m.selected(func(*appsv1.Deployment) bool { return true }) {
		service := to.Spec.Template.Spec.Containers[0]
		for _, from := range append([]*appsv1.Deployment{stranger}, m.Deployments...) {
			caller := "a stranger"
			if from != stranger {
				caller = from.Spec.Template.Spec.Containers[0].Name
			}
			want := slices.Contains(graph[caller], service.Name)
			if got := m.reaches(from.Spec.Template.Labels, to.Spec.Template.Labels, &service); got != want {
				found = append(found, fmt.Sprintf("NetworkPolicies: %s reaches %s: %t, want %t", caller, service.Name, got, want))
			}
		}
	}
	return found
}

// reaches tells whether a pod may open a connection to a port of another's container. Strangers are taken to be let out.
func (m *Manifests) reaches(from, to map[string]string, c *corev1.Container) bool {
	out, in := true, true // no policy, no limit
	for _, p := range m.Policies {
		if slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) && selects(&p.Spec.PodSelector, from) {
			out = false
		}
		if slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) && selects(&p.Spec.PodSelector, to) {
			in = false
		}
	}
	for _, p := range m.Policies {
		if selects(&p.Spec.PodSelector, from) {
			for _, rule := range p.Spec.Egress {
				out = out || takes(rule.To, to) && opens(rule.Ports, c)
			}
		}
		if selects(&p.Spec.PodSelector, to) {
			for _, rule := range p.Spec.Ingress {
				in = in || takes(rule.From, from) && opens(rule.Ports, c)
			}
		}
	}
	return out && in
}

// takes tells whether a rule's peers include a pod of the release's namespace. Blocks of addresses are for what is outside.
func takes(peers []networkingv1.NetworkPolicyPeer, pod map[string]string) bool {
	namespace := map[string]string{corev1.LabelMetadataName: Namespace}
	return slices.ContainsFunc(peers, func(p networkingv1.NetworkPolicyPeer) bool {
		return p.IPBlock == nil && (p.PodSelector == nil || selects(p.PodSelector, pod)) &&
			(p.NamespaceSelector == nil || selects(p.NamespaceSelector, namespace))
	})
}

// opens tells whether a rule's ports include one of the container's.
func opens(ports []networkingv1.NetworkPolicyPort, c *corev1.Container) bool {
	return slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		tcp := p.Protocol == nil || *p.Protocol == corev1.ProtocolTCP
		return tcp && p.Port != nil && resolves(c, *p.Port)
	})
}
