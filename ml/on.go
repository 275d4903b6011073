package ml

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *DenseLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *ConvolutionLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *PoolingLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *GlobalPoolingLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *FlattenLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *ReshapeLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *DropoutLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *ActivationLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *BatchNormalizationLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *LayerNormalizationLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *EmbeddingLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *LSTMLayer) On(x *Tensor) *Tensor { return On(l, x) }

// On applies the layer to a value of a model that is being put together. See ml.On.
func (l *GRULayer) On(x *Tensor) *Tensor { return On(l, x) }
