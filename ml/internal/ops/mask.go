package ops

// MaskParam is the name of the graph parameter in which a step of Fit says which rows of its batch
// are examples. See contract.BatchMask.
const MaskParam = "gonbml_mask"
