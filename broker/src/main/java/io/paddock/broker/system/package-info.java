/** Security and settings of the process. */
@NullMarked
package io.paddock.broker.system;

import org.jspecify.annotations.NullMarked;
