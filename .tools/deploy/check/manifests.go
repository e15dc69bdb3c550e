package check

import (
	"fmt"
	"regexp"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// Manifests are a chart's objects by kind. Kinds that are not here are refused: add them with what is to be checked of them.
type Manifests struct {
	Deployments []*appsv1.Deployment
	Services    []*corev1.Service
	Budgets     []*policyv1.PodDisruptionBudget
	Policies    []*networkingv1.NetworkPolicy
}

var separator = regexp.MustCompile(`(?m)^---\s*$`)

// Decode reads a YAML stream of manifests. Unknown and repeated fields are errors.
func Decode(stream string) (*Manifests, error) {
	var m Manifests
	for _, doc := range separator.Split(stream, -1) {
		var head metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
			return nil, fmt.Errorf("not YAML: %w\n%s", err, doc)
		}
		if head == (metav1.TypeMeta{}) && strings.TrimSpace(doc) == "" {
			continue
		}
		if err := m.add(head, []byte(doc)); err != nil {
			return nil, fmt.Errorf("%s: %w", head.Kind, err)
		}
	}
	return &m, nil
}

func (m *Manifests) add(head metav1.TypeMeta, doc []byte) error {
	switch head.APIVersion + " " + head.Kind {
	case "apps/v1 Deployment":
		return decode(doc, &m.Deployments)
	case "v1 Service":
		return decode(doc, &m.Services)
	case "policy/v1 PodDisruptionBudget":
		return decode(doc, &m.Budgets)
	case "networking.k8s.io/v1 NetworkPolicy":
		return decode(doc, &m.Policies)
	default:
		return fmt.Errorf("nothing is known here of kind %q of %q", head.Kind, head.APIVersion)
	}
}

func decode[T any](doc []byte, list *[]*T) error {
	object := new(T)
	if err := yaml.UnmarshalStrict(doc, object); err != nil {
		return err
	}
	*list = append(*list, object)
	return nil
}

// selects tells whether selector takes an object's labels. A selector that is no selector takes nothing.
func selects(selector *metav1.LabelSelector, of map[string]string) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(labels.Set(of))
}
