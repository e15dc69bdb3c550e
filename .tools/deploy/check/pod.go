package check

import (
	"fmt"
	"path"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	psa "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// stopping is what a service needs after its drain delay: running calls (rpc's drainTimeout) and telemetry (app's flushTimeout).
const stopping = 23 * time.Second

// Pods returns what is wrong with the pods of m. known holds, for each service, its variables and whether they are required.
func (m *Manifests) Pods(known map[string]Variables) []string {
	var found []string
	for _, d := range m.Deployments {
		for _, problem := range podProblems(d, known) {
			found = append(found, d.Name+": "+problem)
		}
	}
	return found
}

func podProblems(d *appsv1.Deployment, known map[string]Variables) []string {
	pod := &d.Spec.Template
	found := restricted(pod)
	add := func(bad bool, format string, args ...any) {
		if bad {
			found = append(found, fmt.Sprintf(format, args...))
		}
	}
	add(!selects(d.Spec.Selector, pod.Labels), "its selector does not select its own pods")
	add(d.Spec.Replicas == nil || *d.Spec.Replicas < 2, "fewer than two replicas")
	add(pod.Spec.AutomountServiceAccountToken == nil || *pod.Spec.AutomountServiceAccountToken, "pods are given a service account's token")
	add(pod.Spec.EnableServiceLinks == nil || *pod.Spec.EnableServiceLinks, "pods are given variables about Services, which begin like ours")
	add(len(pod.Spec.TopologySpreadConstraints) == 0, "nothing spreads its pods")
	if len(pod.Spec.Containers) != 1 {
		return append(found, fmt.Sprintf("%d containers, want the service's one", len(pod.Spec.Containers)))
	}
	c := &pod.Spec.Containers[0]
	sc := c.SecurityContext
	add(sc == nil || sc.ReadOnlyRootFilesystem == nil || !*sc.ReadOnlyRootFilesystem, "its root file system may be written")
	add(c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero(),
		"no memory limit, or no requests of memory and CPU")
	for name, probe := range map[string]*corev1.Probe{"startup": c.StartupProbe, "readiness": c.ReadinessProbe, "liveness": c.LivenessProbe} {
		if problem := probeProblem(c, probe); problem != "" {
			found = append(found, name+" probe: "+problem)
		}
	}
	variables, ok := known[c.Name]
	if !ok {
		return append(found, fmt.Sprintf("container %q is no service", c.Name))
	}
	env := map[string]string{}
	for _, v := range c.Env {
		add(env[v.Name] != "", "variable %s is set twice", v.Name)
		env[v.Name] = v.Value
	}
	found = append(found, variables.Problems(env, mounted(pod, c))...)
	grace := pod.Spec.TerminationGracePeriodSeconds
	drain, err := time.ParseDuration(env[strings.ToUpper(c.Name)+"_DRAIN_DELAY"])
	add(err != nil || drain <= 0, "no drain delay: callers would meet a closed port")
	add(grace == nil || time.Duration(*grace)*time.Second < drain+stopping, "it is killed before it has drained")
	return found
}

// restricted holds a pod against the Pod Security Standard "restricted".
func restricted(pod *corev1.PodTemplateSpec) []string {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for _, r := range evaluator.EvaluatePod(psa.LevelVersion{Level: psa.LevelRestricted, Version: psa.LatestVersion()}, &pod.ObjectMeta, &pod.Spec) {
		if !r.Allowed {
			found = append(found, fmt.Sprintf("not restricted: %s (%s)", r.ForbiddenReason, r.ForbiddenDetail))
		}
	}
	return found
}

func probeProblem(c *corev1.Container, p *corev1.Probe) string {
	switch {
	case p == nil:
		return "missing"
	case p.GRPC == nil || !resolves(c, intstr.FromInt32(p.GRPC.Port)):
		return "not gRPC on a port of the container"
	case !inTheClear(c, p.GRPC.Port):
		return "the kubelet's gRPC is without TLS: it must ask the health listener"
	}
	return ""
}

// inTheClear tells whether a port is the one that the container's health listener is told to serve.
func inTheClear(c *corev1.Container, port int32) bool {
	for _, v := range c.Env {
		if strings.HasSuffix(v.Name, "_HEALTH_LISTEN") && v.Value == fmt.Sprintf(":%d", port) {
			return true
		}
	}
	return false
}

// resolves tells whether a port, by name or number, is one of the container's.
func resolves(c *corev1.Container, port intstr.IntOrString) bool {
	for _, p := range c.Ports {
		if port.Type == intstr.String && p.Name == port.StrVal || port.Type == intstr.Int && p.ContainerPort == port.IntVal {
			return true
		}
	}
	return false
}

// mounted returns the paths of the files that volumes bring into the container.
func mounted(pod *corev1.PodTemplateSpec, c *corev1.Container) map[string]bool {
	files := map[string]bool{}
	for _, mount := range c.VolumeMounts {
		for _, volume := range pod.Spec.Volumes {
			if volume.Name != mount.Name || volume.Projected == nil {
				continue
			}
			for _, source := range volume.Projected.Sources {
				if source.Secret == nil {
					continue
				}
				for _, item := range source.Secret.Items {
					files[path.Join(mount.MountPath, item.Path)] = true
				}
			}
		}
	}
	return files
}
