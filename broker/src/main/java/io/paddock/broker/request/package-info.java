/** How a request of the platform can fail. */
@NullMarked
package io.paddock.broker.request;

import org.jspecify.annotations.NullMarked;
