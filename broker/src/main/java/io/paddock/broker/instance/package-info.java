/** Service instances: accepting their creation and deletion, and the steps that carry them out. */
@NullMarked
package io.paddock.broker.instance;

import org.jspecify.annotations.NullMarked;
