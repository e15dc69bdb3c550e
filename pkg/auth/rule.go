package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/fault"
)

// open are the services that anybody may call: probes come without a token, and reflection is there only when switched on.
var open = []string{"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}

// Rules are the rules of a server's methods, by full method name ("/redress.intake.v1.IntakeService/GetComplaint").
type Rules map[string]*optionsv1.MethodRule

// RulesOf reads the rules of everything registered on a server. A method without a rule is an error: it would be open to all,
// or to nobody.
func RulesOf(info map[string]grpc.ServiceInfo) (Rules, error) {
	rules := Rules{}
	var errs []error
	for name := range info {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			errs = append(errs, fmt.Errorf("service %s has no descriptor: %w", name, err))
			continue
		}
		methods := d.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			m := methods.Get(i)
			rule, _ := proto.GetExtension(m.Options(), optionsv1.E_Rule).(*optionsv1.MethodRule)
			switch {
			case slices.Contains(open, name):
				rule = nil
			case len(rule.GetRoles()) == 0:
				errs = append(errs, fmt.Errorf("method %s has no rule that says who may call it (option redress.options.v1.rule)", m.FullName()))
			}
			rules["/"+name+"/"+string(m.Name())] = rule
		}
	}
	return rules, errors.Join(errs...)
}

// Open reports whether the method asks for no caller at all.
func (r Rules) Open(method string) bool {
	rule, known := r[method]
	return known && rule == nil
}

// Check fails unless p may call the method. A method that is not registered is denied.
func (r Rules) Check(method string, p Principal) error {
	rule := r[method]
	names := make([]string, 0, len(rule.GetRoles()))
	for _, role := range rule.GetRoles() {
		if p.Has(role) {
			return nil
		}
		names = append(names, roleName(role))
	}
	wanted := strings.Join(names, ", ")
	return fault.New(fault.Denied, "ROLE_REQUIRED", "%s may be called by: %s; the token of %q has none of these roles",
		method, wanted, p.Subject).With("roles", wanted)
}
