package cases

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

// files are the least that is a file of each type: what is in it does not matter to a procedure.
var files = map[string]string{
	"image/jpeg":      "\xff\xd8\xff\xe0\x00\x10JFIF\x00",
	"image/png":       "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
	"application/pdf": "%PDF-1.7\n",
	"audio/wav":       "RIFF\x24\x00\x00\x00WAVEfmt ",
	"text/plain":      "a statement\n",
}

// attach brings a file in.
type attach struct{ request *intakev1.StartUploadRequest }

func (s *storyteller) attach(n *yaml.Node) act {
	m := s.mapping(n, "a file", "kind", "media_type", "occurred")
	if m != nil && m["kind"] == nil {
		s.find(n, "say what it is that is brought in: kind: photograph")
	}
	mediaType := "image/jpeg"
	if m["media_type"] != nil {
		mediaType = s.choice(m["media_type"], "media type", slices.Sorted(maps.Keys(files)))
	}
	sum := sha256.Sum256([]byte(files[mediaType]))
	return attach{&intakev1.StartUploadRequest{
		Kind: s.text(m["kind"]), FileName: "file", MediaType: mediaType, SizeBytes: int64(len(files[mediaType])), Sha256: hex.EncodeToString(sum[:]),
		OccurTime: stamp(s.moment(m["occurred"])),
	}}
}

func (a attach) do(ctx context.Context, p *play, complaint string) error {
	api, as := intakev1.NewEvidenceServiceClient(p.api.owner), p.as(agent, optionsv1.Role_ROLE_AGENT)
	req := proto.CloneOf(a.request)
	req.RequestId, req.ComplaintId = requestID(), p.complaints[complaint]
	started, err := api.StartUpload(ctx, req, as)
	if err != nil {
		return err
	}
	id := started.GetUpload().GetUploadId()
	stream, err := api.UploadEvidence(ctx, as)
	if err == nil {
		err = stream.Send(&intakev1.UploadEvidenceRequest{UploadId: id, Data: []byte(files[req.GetMediaType()])})
	}
	if err == nil {
		_, err = stream.CloseAndRecv()
	}
	if err == nil {
		_, err = api.FinishUpload(ctx, &intakev1.FinishUploadRequest{RequestId: requestID(), UploadId: id}, as)
	}
	return err
}

// evidence checks the kinds of all files that are kept: [photograph, order], or none.
func (s *storyteller) evidence(n *yaml.Node) []check {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode && n.Value == nothing:
		return []check{equal(n, "evidence", nothing, evidenceKinds)}
	}
	kinds := s.texts(n)
	slices.Sort(kinds)
	return []check{equal(n, "evidence", strings.Join(kinds, ", "), evidenceKinds)}
}

func evidenceKinds(ctx context.Context, v *view) (string, error) {
	req := &intakev1.ListEvidenceRequest{ComplaintId: v.complaint, PageSize: maxPage}
	resp, err := intakev1.NewEvidenceServiceClient(v.api.owner).ListEvidence(ctx, req, v.viewer())
	if err != nil {
		return "", fmt.Errorf("list evidence: %w", err)
	}
	var kinds []string
	for _, e := range resp.GetEvidence() {
		if e.GetRemoveTime() == nil {
			kinds = append(kinds, e.GetKind())
		}
	}
	if len(kinds) == 0 {
		return nothing, nil
	}
	slices.Sort(kinds)
	return strings.Join(kinds, ", "), nil
}
