/** Service bindings and their credentials. */
@NullMarked
package io.paddock.broker.binding;

import org.jspecify.annotations.NullMarked;
