package vault

import (
	"crypto/hmac"
	"fmt"
	"strconv"
	"time"

	"redress.dev/services/intake/internal/domain"
)

// proofBytes is the length of a proof: a whole HMAC-SHA-256.
const proofBytes = 32

// Prove returns the proof that this service wrote an entry of the ledger of erasures: an HMAC of the rest of it.
func (k *Keys) Prove(tenant string, e domain.Erasure) ([]byte, error) {
	proof, err := k.index.ComputePrimaryPRF(bind(tenant, "erasure", e.SubjectID, e.EraseTime.UTC().Format(time.RFC3339Nano),
		strconv.Itoa(int(e.Reason)), e.Requester, e.Approver), proofBytes)
	if err != nil {
		return nil, fmt.Errorf("prove erasure: %w", err)
	}
	return proof, nil
}

// Genuine reports whether this service wrote an entry of the ledger.
func (k *Keys) Genuine(tenant string, e domain.Erasure) (bool, error) {
	proof, err := k.Prove(tenant, e)
	return hmac.Equal(proof, e.Proof), err
}
