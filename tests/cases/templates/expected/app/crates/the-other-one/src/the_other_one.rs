pub struct The.OtherOne;
