from autograd.ops import *
from autograd.value import *
from autograd.reverse import *
